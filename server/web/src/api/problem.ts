// What the server refused, as a thing that can be thrown and shown: RFC 9457, with the field it is about and what to do.
export interface ProblemDocument {
  status: number;
  code: string;
  detail: string;
  field?: string;
  remedy?: string;
  request_id?: string;
  retry_after_s?: number;
  current?: unknown; // the present state, with a conflict
  [more: string]: unknown;
}

export class Problem extends Error {
  constructor(readonly is: ProblemDocument) {
    super(is.detail);
    this.name = "Problem";
  }
  get isConflict() {
    return this.is.status === 409 && this.is.code === "conflict";
  }
  get isGone() {
    return this.is.status === 404;
  }
  get isForbidden() {
    return this.is.status === 403;
  }
}

export const away = () =>
  new Problem({
    status: 0,
    code: "away",
    detail: "The server could not be reached.",
    remedy: "What you wrote is still here. This page tries again by itself.",
  });

export const givenUp = () =>
  new Problem({ status: 0, code: "given_up", detail: "You did not sign in again, so nothing was sent." });

export async function problemOf(response: Response): Promise<Problem> {
  const plain: ProblemDocument = {
    status: response.status,
    code: "unexpected",
    detail: `The server answered ${response.status} and gave no reason.`,
    remedy: "Try again; if it stays so, tell who runs this server.",
  };
  const said: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  return new Problem(said && typeof said === "object" ? { ...plain, ...(said as Partial<ProblemDocument>) } : plain);
}

export const problemFrom = (thrown: unknown): Problem =>
  thrown instanceof Problem
    ? thrown
    : new Problem({ status: 0, code: "page", detail: "Something on this page went wrong.", remedy: "Load it again." });
