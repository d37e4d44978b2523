import { ApiClient, type ApiRequest, type ApiResponse } from '../cli/api.ts';
import type { TokenRedactor } from './token-redactor.ts';

/** A client whose responses contain none of the tokens of this process, even if a run printed one. */
export class RedactingApiClient extends ApiClient {
  readonly #redactor: TokenRedactor;

  constructor(api: ApiClient, redactor: TokenRedactor, signal: AbortSignal) {
    const token = async (): Promise<string> => {
      const resolved = await api.token();
      redactor.remember(resolved, Date.now());
      return resolved;
    };
    super(api.url, token, signal);
    this.#redactor = redactor;
  }

  override async request<Body>(method: string, path: string, options?: ApiRequest): Promise<ApiResponse<Body>> {
    const response = await super.request<Body>(method, path, options);
    // Redacts before tools shorten texts, because a part of a token is not recognized in the middle of a text.
    return { ...response, body: /* guard: mcp.token.redacted */ this.#redactor.redactJson(response.body) as Body };
  }
}
