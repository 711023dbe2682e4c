// Asks Emeritus about a call, and answers in its place when the answer is no.

const PASSED_ON = [
    'Content-Type', 'Cache-Control', 'WWW-Authenticate', 'Retry-After', 'X-Should-Retry',
    'RateLimit-Policy', 'RateLimit', 'Sunset', 'Deprecation', 'Link',
];
const PROBLEM = 'application/problem+json';

// A POST whose body the check reads before the model does.
async function call(r) {
    if (r.method !== 'POST') {
        return r.return(405);
    }
    // Without a body of its own, a subrequest has that of the call, in memory or in a file.
    const answer = await r.subrequest('/emeritus/check/body', {method: 'POST'});
    if (answer.status !== 204) {
        return refuse(r, answer);
    }
    r.variables.emeritus_key = answer.headersOut['X-Emeritus-Key'];
    r.variables.emeritus_grant = answer.headersOut['X-Emeritus-Grant'];
    r.variables.emeritus_holder = answer.headersOut['X-Emeritus-Holder'];
    r.variables.emeritus_policy = answer.headersOut['RateLimit-Policy'] || '';
    r.variables.emeritus_limit = answer.headersOut['RateLimit'] || '';
    r.internalRedirect('@model');
}

// The one model of this address, in the form of both Anthropic's and OpenAI's lists.
async function models(r) {
    if (r.method !== 'GET' && r.method !== 'HEAD') {
        return r.return(405);
    }
    const answer = await r.subrequest('/emeritus/check');
    if (answer.status !== 204) {
        return refuse(r, answer);
    }
    const id = r.variables.emeritus_model;
    const model = {
        id: id, object: 'model', created: 0, owned_by: 'emeritus',
        type: 'model', display_name: id, created_at: '1970-01-01T00:00:00Z',
    };
    const list = {object: 'list', data: [model], has_more: false, first_id: id, last_id: id};
    r.headersOut['Content-Type'] = 'application/json';
    r.headersOut['Cache-Control'] = 'no-store';
    r.return(200, JSON.stringify(list));
}

// What isn't an answer of the check's is no answer: in doubt, no.
function refuse(r, answer) {
    if (answer.status < 400 || answer.headersOut['Content-Type'] !== PROBLEM) {
        return r.return(503);
    }
    PASSED_ON.forEach(name => {
        if (answer.headersOut[name]) {
            r.headersOut[name] = answer.headersOut[name];
        }
    });
    r.return(answer.status, answer.responseBody);
}

export default {call, models};
