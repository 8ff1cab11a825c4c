import { basicAuthorization } from '../servers/answers.ts';

/** Every kind of secret a download can carry, each of them a text that stands nowhere else. */
export const SECRETS = {
  user: 'wilhelmina-7f',
  password: 'pw:hush@1x/c',
  query: 'query-token-5b1d',
  authorization: 'bearer-token-91aa',
  cookie: 'session-cookie-3e7c',
  apiKey: 'api-key-d20f',
  proxyUser: 'clerk-8c',
  proxyPassword: 'proxy-pw:44',
  signature: 'redirect-signature-e6',
  mirrorUser: 'otto-2b',
  mirrorPassword: 'mirror-pw-77',
  mirrorQuery: 'mirror-token-0c',
} as const;

export const HEADERS = {
  Authorization: `Bearer ${SECRETS.authorization}`,
  Cookie: `id=${SECRETS.cookie}`,
  'X-Api-Key': SECRETS.apiKey,
};

const LOGINS = [
  [SECRETS.user, SECRETS.password],
  [SECRETS.proxyUser, SECRETS.proxyPassword],
  [SECRETS.mirrorUser, SECRETS.mirrorPassword],
] as const;

/** The secrets in every form in which they are sent or could be written down. */
export const ALL_FORMS: readonly string[] = [
  ...new Set([
    ...Object.values(SECRETS).flatMap((secret) => [secret, encodeURIComponent(secret)]),
    ...LOGINS.map(([user, password]) => basicAuthorization(user, password).slice('Basic '.length)),
  ]),
];

/** `http://user:password@host/path?token=…` */
export function withSecrets(origin: string, path: string): string {
  const login = `${SECRETS.user}:${encodeURIComponent(SECRETS.password)}`;
  return `${origin.replace('//', `//${login}@`)}${path}?token=${SECRETS.query}&part=1`;
}

export function mirrorWithSecrets(origin: string, path: string): string {
  const login = `${SECRETS.mirrorUser}:${SECRETS.mirrorPassword}`;
  return `${origin.replace('//', `//${login}@`)}${path}?sig=${SECRETS.mirrorQuery}`;
}

/** Which of the secrets stand in a text. */
export function secretsIn(text: string): string[] {
  return ALL_FORMS.filter((secret) => text.includes(secret));
}
