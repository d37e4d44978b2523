/** Names of variables, options, headers, parameters and fields that usually hold a credential. Words are separated by `_`. */
const NAME = new RegExp(
  [
    'passw|passphrase|(?:access|pass)code|kennwort|contrase|senha|identified by|secret|token|credential|webhook|bearer',
    'cookie|signature|private|session|[cx]srf',
    'auth(?!ors?(?![a-z]))',
    '(?:key|pass|pw|psw|pswd|mdp|psk|dsn|jwt)s?(?![a-z])',
    String.raw`[a-z0-9_-]pwd(?![a-z])|pwd\s*[\]>=:]`,
    '(?<![a-z])(?<!http_)(?:code|creds?|hash|hmac|hooks?|otp|pat|pin|salt|sas|sid|sign?)(?![a-z])',
  ].join('|'),
  'i',
);

/** A user and a password in front of a host. The password may hold any character. */
const USER_INFO = /:.*@/s;

/** Hosts whose URLs are credentials. */
const HOST =
  /telegram|hc-ping|hchk\.io|healthchecks|nosnch|cronitor|heartbeat|ifttt|logic\.azure|pipedream|pagerduty|ntfy/i;

/** Programs that take a credential as an argument without a name. */
const PROGRAM = new RegExp(
  String.raw`(?<![\w.-])(?:${[
    'smbclient|redis-cli|ldap\\w+|mosquitto_\\w+|snmp\\w+|ipmitool|lftp|ftp|ncftp\\w*|expect|kinit|sqlplus|expdp|impdp',
    'vault|apprise|xh|https?|openssl \\S+|sudo [^|;&]*-S|cryptsetup|base64',
  ].join('|')})(?![\w.:/-])|<<<`,
);

/** Options for a password or a user of many programs. Those of `find` begin likewise. */
const SHORT_OPTION = /\s-(?!path\b|perm\b|print0?\b|prune\b|user\b)(?:[pPu]|[a-z]p\b|hp|a\s*[^\s:]+:|U\s*\S+%)/;
const LONG_OPTION = /--(?:\w+-)?(?:user|cert|referer)(?![\w-])/;
/** Options of these programs that look like those for a password or user. */
const HARMLESS_OPTIONS = new RegExp(
  String.raw`(?<![\w.-])(?:${[
    'cp|crontab|date|docker (?:run|exec)|du|journalctl|logger|ls|mkdir|ps|python3?|rsync|scp|set|sort|ssh|sudo|tail',
    'tar|touch|uname',
  ].join('|')})(?:\s+-[a-zA-Z]+)+(?=\s|$)`,
  'g',
);
/** https://curl.se/docs/manpage.html */
const CURL_OPTION = /\bcurl\b.*\s-[0-46aBfgGiIjJklLMnNOpqRsSvZ#:]*[uUbeE]/s;

/** Headers whose values are no credentials. */
const PLAIN_HEADER = 'accept|accept-language|accept-encoding|cache-control|content-type|user-agent|if-[a-z-]+';
const PLAIN_HEADER_NAME = new RegExp(`^(?:${PLAIN_HEADER})$`, 'i');
const HEADER_OPTION = new RegExp(
  String.raw`(?:\bcurl\b.*\s-[a-z0-9]*h|--header)(?![=\s]*(?:${PLAIN_HEADER})\s*[:;])`,
  'is',
);

/** The value of a random key: a UUID, a known prefix, or a long run of letters and digits. */
const RANDOM = new RegExp(
  [
    '[0-9a-f]{8}-[0-9a-f]{4}-',
    String.raw`\b(?:sk|pk|rk|gh[a-z]|glpat|xox[a-z]|SG)[-_.]\w`,
    '(?=[a-z]*[0-9])(?=[0-9]*[a-z])[a-z0-9]{16}',
    '[a-z]{28}',
  ].join('|'),
  'i',
);
const MIXED = /(?=[\w~-]*[A-Z])(?=[\w~-]*[a-z])(?=[\w~-]*[0-9])[\w~-]{16}/;

/**
 * @returns whether a text may hold a credential: a name such as `API_KEY`, a user in a URL, an option for a password, or a
 *   random key. Errs on the side of `true`.
 */
export function mayHoldCredential(text: string): boolean {
  const plain = text.replaceAll(/["'\\]/g, '');
  const options = plain.replaceAll(HARMLESS_OPTIONS, '');
  // `apiKey` consists of two words.
  const names = plain.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2');
  return (
    [plain, names].some((form) => NAME.test(form)) ||
    [USER_INFO, HOST, RANDOM, MIXED, PROGRAM, LONG_OPTION, CURL_OPTION, HEADER_OPTION].some((pattern) =>
      pattern.test(plain),
    ) ||
    SHORT_OPTION.test(options)
  );
}

/** @returns whether a header holds no credential */
export const isPlainHeader = (name: string, value: string): boolean =>
  PLAIN_HEADER_NAME.test(name) && !mayHoldCredential(value);
