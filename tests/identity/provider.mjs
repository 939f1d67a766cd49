// A real OpenID provider on this machine, told by lines on its input what to do:
//
//   rotate    sign with a new key, and go on publishing the one before
//   withdraw  publish the newest key only
//   away      break off every request; `back` ends it
//   counts    say how often each path was asked for since the last time
//
// Each line is answered with one line of JSON. It ends with its input.

import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import Provider from 'oidc-provider'

const AUDIENCE = process.argv[2]
const CLIENT = process.argv[3]
const ALGORITHM = process.argv[4]
const LASTING = 90 // seconds of an access token

let keys = [newKey()]
let provider
let away = false
let counts = {}
const stored = new Map()

/** What the provider remembers, whichever of its keys it has at the moment. */
class Memory {
  constructor(model) {
    this.model = model
  }

  async upsert(id, payload) {
    stored.set(`${this.model}:${id}`, payload)
  }

  async find(id) {
    return stored.get(`${this.model}:${id}`)
  }

  async findByUid(uid) {
    return this.#where('uid', uid)
  }

  async findByUserCode(userCode) {
    return this.#where('userCode', userCode)
  }

  async consume(id) {
    stored.get(`${this.model}:${id}`).consumed = Math.floor(Date.now() / 1000)
  }

  async destroy(id) {
    stored.delete(`${this.model}:${id}`)
  }

  async revokeByGrantId(grantId) {
    for (const [key, payload] of stored) if (payload.grantId === grantId) stored.delete(key)
  }

  #where(name, value) {
    for (const [key, payload] of stored) {
      if (key.startsWith(`${this.model}:`) && payload[name] === value) return payload
    }
    return undefined
  }
}

function newKey() {
  const [kind, options] = {
    RS256: ['rsa', { modulusLength: 2048 }],
    ES256: ['ec', { namedCurve: 'P-256' }],
    EdDSA: ['ed25519', {}],
  }[ALGORITHM]
  const key = generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' })
  return { ...key, kid: randomUUID(), use: 'sig', alg: ALGORITHM }
}

function made(issuer) {
  return new Provider(issuer, {
    adapter: Memory,
    clients: [
      {
        client_id: CLIENT,
        application_type: 'native',
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
        id_token_signed_response_alg: ALGORITHM,
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: 'none',
      },
    ],
    cookies: { keys: ['of-a-test'] },
    enabledJWA: { idTokenSigningAlgValues: [ALGORITHM] },
    features: {
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: '',
          audience: AUDIENCE,
          accessTokenTTL: LASTING,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: ALGORITHM } },
        }),
      },
    },
    jwks: { keys },
  })
}

const server = createServer((request, response) => {
  const path = request.url.split('?')[0]
  counts[path] = (counts[path] ?? 0) + 1
  if (away) request.socket.destroy()
  else provider.callback()(request, response)
})

const acts = {
  rotate: () => {
    keys = [newKey(), keys[0]]
    provider = made(provider.issuer)
  },
  withdraw: () => {
    keys = [keys[0]]
    provider = made(provider.issuer)
  },
  away: () => {
    away = true
  },
  back: () => {
    away = false
  },
  counts: () => {
    const told = counts
    counts = {}
    return told
  },
}

server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`
  provider = made(issuer)
  console.log(JSON.stringify({ issuer }))
  createInterface({ input: process.stdin })
    .on('line', (line) => console.log(JSON.stringify(acts[line]() ?? {})))
    .on('close', () => process.exit())
})
