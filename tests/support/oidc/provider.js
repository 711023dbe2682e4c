// A real OpenID Connect provider for the tests: oidc-provider with its own pages for signing in.
// Told by the environment: PORT, CLIENTS (where it leads back to, by client), ACCOUNTS (claims by name).
import Provider from "oidc-provider";

const { PORT, CLIENTS, ACCOUNTS } = process.env;
const accounts = JSON.parse(ACCOUNTS);
const provider = new Provider(`http://127.0.0.1:${PORT}`, {
  clients: Object.entries(JSON.parse(CLIENTS)).map(([client_id, back]) => (
    { client_id, client_secret: "a secret of the test", redirect_uris: [back] })),
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  cookies: { keys: ["of the test only"] },
  findAccount: (ctx, id) => accounts[id] && { accountId: id, claims: () => ({ sub: id, ...accounts[id] }) },
});
provider.listen(Number(PORT), "127.0.0.1", () => console.log("ready"));
