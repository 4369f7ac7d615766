// The school's identity provider of the tests: oidc-provider, a certified one, over TLS on this machine, with a door beside it through which
// a test says who sits at the browser, rotates keys, and makes it lie. A lie is told after the real provider has spoken: its ID token is taken
// apart, changed in one place and signed again, so that everything else about it stays right.
//
//   node provider.mjs '{"certificate": path, "key": path}'     prints {"port": n} when it is ready
//   GET  /control                                              what was asked so far: {"requests": {"POST /token": 2, ...}}
//   POST /control {...}                                        any of the members of `told` below; "rotate": true makes new keys
import { createHmac, createPublicKey, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';
import Provider from 'oidc-provider';

const settings = JSON.parse(process.argv[2]);
const told = {
  accounts: {},        // {"dean": {"email": ..., "email_verified": true}}
  who: null,           // the account that signs in; null: whoever it is gives up
  failing: null,       // instead of that: the error with which the interaction ends
  redirect_uris: [],
  alg: 'RS256',        // of ID tokens
  auth: 'client_secret_basic',
  secret: 'a secret of the tests',
  email_in_token: false,
  acr: undefined, amr: undefined,
  lie: '',             // a name of `lies`, or one of those looked for below
  delay_ms: 0,         // before every answer to the server
  status: 0,           // instead of every answer to the server
};
const requests = {};
let keys = [], provider, issuer;

async function newKey(alg) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...await exportJWK(privateKey), alg, use: 'sig', kid: randomUUID() };
}

async function rotate() {
  keys = await Promise.all(['RS256', 'ES256', 'PS256'].map(newKey));
}

const lies = {
  nonce: (claims) => { claims.nonce = 'of somebody else'; },
  no_nonce: (claims) => { delete claims.nonce; },
  issuer: (claims) => { claims.iss = 'https://another.example.edu'; },
  audience: (claims) => { claims.aud = 'another'; },
  azp: (claims) => { claims.aud = [claims.aud, 'another']; claims.azp = 'another'; },
  expired: (claims) => { claims.iat -= 7200; claims.exp -= 7200; },
  kept: (claims) => { claims.iat -= 1800; },
  early: (claims) => { claims.nbf = claims.iat + 600; },
  subject: (claims) => { delete claims.sub; },
  at_hash: (claims) => { claims.at_hash = 'AAAAAAAAAAAAAAAAAAAAAA'; },
  auth_time: (claims) => { claims.auth_time -= 300; },
  no_auth_time: (claims) => { delete claims.auth_time; },
};

const part = (object) => Buffer.from(JSON.stringify(object)).toString('base64url');

async function spoil(token) {
  const [head, claims] = token.split('.').slice(0, 2).map((text) => JSON.parse(Buffer.from(text, 'base64url')));
  const own = keys.find((key) => key.kid === head.kid);
  const sign = async (jwk, header) => new SignJWT(claims).setProtectedHeader(header).sign(await importJWK(jwk, header.alg));
  switch (told.lie) {
    case 'unsigned': return `${part({ alg: 'none' })}.${part(claims)}.`;
    case 'no_signature': return token.replace(/[^.]*$/, '');
    case 'public_key': { // HS256, the public key for a secret
      const text = `${part({ alg: 'HS256', kid: head.kid })}.${part(claims)}`;
      const secret = createPublicKey({ key: own, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
      return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
    }
    case 'other_key': return sign(await newKey(head.alg), head); // under the name of a key that is published
    case 'unknown_key': { const key = await newKey(head.alg); return sign(key, { ...head, kid: key.kid }); }
    case 'access_token': return sign(own, { ...head, typ: 'at+jwt' });
    case 'critical': return `${part({ ...head, crit: ['exp'] })}.${token.split('.').slice(1).join('.')}`;
    case 'garbage': return 'neither.a.token';
    default:
      if (!lies[told.lie]) return token;
      lies[told.lie](claims);
      return sign(own, head);
  }
}

async function tellLies(ctx, next) {
  if (ctx.path === '/token' && told.lie === 'redirect') {
    ctx.redirect(`${issuer}/elsewhere`);
    ctx.status = 307;
    return;
  }
  await next();
  if (ctx.path === '/token' && ctx.body?.id_token) {
    if (told.lie === 'no_token') delete ctx.body.id_token;
    else if (told.lie === 'large') ctx.body.padding = 'x'.repeat(2 << 20);
    else ctx.body.id_token = await spoil(ctx.body.id_token);
  }
  if (ctx.path === '/me' && told.lie === 'userinfo') ctx.body.sub = 'somebody else';
  if (ctx.path === '/.well-known/openid-configuration') {
    if (told.lie === 'document_issuer') ctx.body.issuer = 'https://another.example.edu';
    if (told.lie === 'document_endpoint') ctx.body.token_endpoint = 'https://169.254.169.254/token';
  }
}

async function grantOf(ctx) {
  const { Grant } = ctx.oidc.provider;
  const grant = new Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
  grant.addOIDCScope('openid email');
  await grant.save();
  return grant;
}

function build() {
  provider = new Provider(issuer, {
    clients: [{
      client_id: 'stepguard', client_secret: told.secret, redirect_uris: told.redirect_uris, response_types: ['code'],
      grant_types: ['authorization_code'], id_token_signed_response_alg: told.alg, token_endpoint_auth_method: told.auth, require_auth_time: true,
    }],
    jwks: { keys },
    cookies: { keys: ['of the tests'] },
    claims: { openid: ['sub', 'acr', 'amr', 'auth_time'], email: ['email', 'email_verified'] },
    acrValues: ['urn:school:mfa'],
    conformIdTokenClaims: !told.email_in_token,
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'PS256'] },
    clientAuthMethods: [told.auth],
    pkce: { required: () => true, methods: ['S256'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: grantOf,
    findAccount: (ctx, id) => told.accounts[id] && { accountId: id, claims: () => ({ sub: id, ...told.accounts[id] }) },
  });
  provider.use(tellLies);
}

async function control(req, res) {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  if (req.method === 'POST') {
    const { rotate: again, ...members } = JSON.parse(Buffer.concat(chunks));
    Object.assign(told, members);
    if (again) await rotate();
    build();
  }
  res.setHeader('Content-Type', 'application/json');
  res.end(JSON.stringify({ requests }));
}

// What a person would do at the provider's pages.
async function interact(req, res) {
  const result = told.who
    ? { login: { accountId: told.who, acr: told.acr, amr: told.amr } }
    : { error: told.failing ?? 'access_denied', error_description: 'the person went away' };
  await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
}

async function answer(req, res) {
  const { pathname } = new URL(req.url, issuer);
  if (pathname === '/control') return control(req, res);
  if (pathname.startsWith('/interaction/')) return interact(req, res);
  const name = `${req.method} ${pathname}`;
  requests[name] = (requests[name] ?? 0) + 1;
  if (!pathname.startsWith('/auth')) { // the server asks, not the browser
    await new Promise((done) => { setTimeout(done, told.delay_ms); });
    if (told.status) { res.statusCode = told.status; return res.end(); }
  }
  return provider.callback()(req, res);
}

process.stdin.on('end', () => process.exit(0)).resume(); // ends with whoever began it
await rotate();
const tls = { cert: readFileSync(settings.certificate), key: readFileSync(settings.key) };
const server = createServer(tls, (req, res) => answer(req, res).catch((error) => { res.statusCode = 500; res.end(String(error)); }));
server.listen(0, '127.0.0.1', () => {
  issuer = `https://127.0.0.1:${server.address().port}`;
  build();
  console.log(JSON.stringify({ port: server.address().port }));
});
