import type { Access } from './access.ts';

/** A mistake in the options of {@link createGuard}: thrown at once, where the guard is made. */
export class GuardOptionError extends TypeError {
  readonly code: 'TROUPE_ERR_GUARD_TOKEN' | 'TROUPE_ERR_GUARD_ALLOWED_HOST';

  constructor(code: GuardOptionError['code'], message: string) {
    super(message);
    this.name = 'GuardOptionError';
    this.code = code;
  }
}

export function emptyToken(): GuardOptionError {
  return new GuardOptionError(
    'TROUPE_ERR_GUARD_TOKEN',
    'The monitor token is empty. Leave it out to have none, or give a long random one, such as the output of "openssl rand -hex 32".',
  );
}

export function badAllowedHost(given: string): GuardOptionError {
  return new GuardOptionError(
    'TROUPE_ERR_GUARD_ALLOWED_HOST',
    `"${given}" is no host that can be allowed. Give a name or an address, with a port if only that port counts ("mon.example.com", "10.0.0.5:8081"), or the whole origin if a proxy in front speaks TLS ("https://mon.example.com"). Wildcards are not supported.`,
  );
}

/** A request that is turned away: the status to answer with, a stable code, and a sentence that says how to get in. */
export interface Refusal {
  allowed: false;
  /** 401 a wrong token, 403 not allowed, 421 a Host that is not ours, 429 too many wrong tokens. */
  status: 401 | 403 | 421 | 429;
  code:
    | 'TROUPE_ERR_GUARD_HOST'
    | 'TROUPE_ERR_GUARD_ORIGIN'
    | 'TROUPE_ERR_GUARD_WRONG_TOKEN'
    | 'TROUPE_ERR_GUARD_ATTEMPTS'
    | 'TROUPE_ERR_GUARD_ACCESS'
    | 'TROUPE_ERR_GUARD_DEBUG_OFF';
  message: string;
  /** Seconds until it makes sense to try again; only with 429. */
  retryAfter?: number;
  /** Where the login form is; absent when logging in would not help. */
  login?: string;
}

export function wrongHost(given: string): Refusal {
  return refusal(
    421,
    'TROUPE_ERR_GUARD_HOST',
    `This monitor does not go by the Host "${given}". Use localhost or its address, or add the name to monAllowedHosts.`,
  );
}

export function wrongOrigin(detail: string): Refusal {
  return refusal(
    403,
    'TROUPE_ERR_GUARD_ORIGIN',
    `A browser sent this request from another site (${detail}). Open the monitor itself and repeat it there; if a proxy in front speaks TLS, add its origin ("https://…") to monAllowedHosts.`,
  );
}

export function wrongToken(login: string): Refusal {
  return { ...refusal(401, 'TROUPE_ERR_GUARD_WRONG_TOKEN', 'The monitor token is wrong.'), login };
}

export function tooManyAttempts(retryAfter: number): Refusal {
  return {
    ...refusal(
      429,
      'TROUPE_ERR_GUARD_ATTEMPTS',
      `Too many wrong tokens came from this address. Try again in ${retryAfter} s.`,
    ),
    retryAfter,
  };
}

export function notAllowed(needed: Access, login: string | undefined): Refusal {
  const local = `call from this machine as the user that runs the cluster (not through a proxy)`;
  if (login === undefined) {
    return refusal(
      403,
      'TROUPE_ERR_GUARD_ACCESS',
      `This needs "${needed}" access. Either ${local}, or start the cluster with monToken (or TROUPE_MON_TOKEN) and send that token.`,
    );
  }
  return {
    ...refusal(
      403,
      'TROUPE_ERR_GUARD_ACCESS',
      `This needs "${needed}" access. Send the monitor token as "Authorization: Bearer <token>", log in at ${login}, or ${local}.`,
    ),
    login,
  };
}

export function debugNeedsToken(login: string | undefined): Refusal {
  if (login === undefined) {
    return refusal(
      403,
      'TROUPE_ERR_GUARD_DEBUG_OFF',
      'Debugging is off: in production it needs a token, and none is set. Start the cluster with monToken (or TROUPE_MON_TOKEN).',
    );
  }
  return {
    ...refusal(
      403,
      'TROUPE_ERR_GUARD_ACCESS',
      `In production debugging needs the monitor token, even from this machine. Send it as "Authorization: Bearer <token>" or log in at ${login}.`,
    ),
    login,
  };
}

function refusal(status: Refusal['status'], code: Refusal['code'], message: string): Refusal {
  return { allowed: false, status, code, message };
}
