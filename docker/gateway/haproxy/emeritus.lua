-- Asks Emeritus about a call, its body included, and answers in its place when the answer is no.
local CHECK = "http://127.0.0.1:8001/gateway/check"
local SITE = "https://emeritus.example"
local READ = {"authorization", "x-api-key", "content-type", "content-encoding"}
local PASSED_ON = {
    "content-type", "cache-control", "www-authenticate", "retry-after", "x-should-retry",
    "ratelimit-policy", "ratelimit", "sunset", "deprecation", "link",
}
local UNAVAILABLE = '{"type": "' .. SITE .. '/problems/#check-unavailable", "title": "The check can\'t be made at the moment", '
    .. '"status": 503, "detail": "Your key was neither accepted nor refused. Try again in a few seconds.", "error": '
    .. '{"type": "api_error", "code": "check-unavailable", "message": "The check can\'t be made at the moment. '
    .. 'Your key was neither accepted nor refused. Try again in a few seconds."}}'

-- HAProxy counts values from 0, Lua from 1. All of them go to the check, which refuses what comes twice.
local function values(list)
    local found = {}
    for number = 0, #list do
        found[number + 1] = list[number]
    end
    return found
end

local function question(txn)
    local sent, headers = txn.http:req_get_headers(), {}
    for _, name in ipairs(READ) do
        if sent[name] then headers[name] = values(sent[name]) end
    end
    headers["x-emeritus-model"] = {txn:get_var("txn.emeritus_model")}
    headers["x-emeritus-operation"] = {txn:get_var("txn.emeritus_operation")}
    headers["x-emeritus-address"] = {txn.sf:src()}
    return headers
end

local function ask(txn)
    local client, headers = core.httpclient(), question(txn)
    if txn.sf:method() == "POST" then
        return client:post{url = CHECK .. "/body", headers = headers, body = txn.sf:req_body(), timeout = 10000}
    end
    headers["content-type"], headers["content-encoding"] = nil, nil
    return client:get{url = CHECK, headers = headers, timeout = 4000}
end

-- What isn't an answer of the check's is no answer: in doubt, no.
local function refuse(txn, answer)
    local headers = answer.headers or {}
    local kind = headers["content-type"] and headers["content-type"][0]
    local reply = txn:reply()
    if answer.status and answer.status >= 400 and kind == "application/problem+json" then
        reply:set_status(answer.status)
        for _, name in ipairs(PASSED_ON) do
            if headers[name] then reply:add_header(name, headers[name][0]) end
        end
        reply:set_body(answer.body)
    else
        reply:set_status(503)
        reply:add_header("content-type", "application/problem+json")
        reply:add_header("cache-control", "no-store")
        reply:add_header("retry-after", "2")
        reply:set_body(UNAVAILABLE)
    end
    txn:done(reply)
end

local function emeritus(txn)
    local method = txn.sf:method()
    if method == "POST" and txn.sf:req_body_len() ~= txn.sf:req_body_size() then
        return refuse(txn, {})
    end
    local answer = ask(txn)
    if not answer or answer.status ~= 204 then
        return refuse(txn, answer or {})
    end
    for _, name in ipairs({"x-emeritus-key", "x-emeritus-grant", "x-emeritus-holder"}) do
        txn.http:req_set_header(name, answer.headers[name][0])
    end
    if answer.headers["ratelimit"] then
        txn:set_var("txn.emeritus_policy", answer.headers["ratelimit-policy"][0])
        txn:set_var("txn.emeritus_limit", answer.headers["ratelimit"][0])
    end
end

core.register_action("emeritus", {"http-req"}, emeritus)
