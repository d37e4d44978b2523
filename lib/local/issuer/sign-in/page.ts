import type { Role } from '../../../../functions/core/domain/access.ts';
import { endpointPath, STYLE } from './endpoints.ts';

/** Roles on the sign-in page with their descriptions, most powerful first. */
const ROLE_DESCRIPTIONS: readonly (readonly [Role, string])[] = [
  ['OWNER', 'all actions, including API keys and secrets'],
  ['ADMIN', 'the same as an owner'],
  ['MANAGER', 'runs jobs and reads the health of integrations'],
  ['OPERATOR', 'runs, cancels, enables and disables jobs'],
  ['MEMBER', 'reads jobs and runs'],
  ['system_admin', "reads their tenant's admin statistics"],
  ['super_admin', "reads any tenant's admin statistics"],
];

/** Initial values of the sign-in form. */
export interface SignInForm {
  readonly tenant: string;
  readonly roles: readonly string[];
  /** Validation error of the submitted form. */
  readonly problem?: string;
}

/**
 * Renders the sign-in page. It asks for no password, because users of this machine's loopback interface are
 * unrestricted.
 *
 * @param action URL to which the form is submitted
 */
export function signInPage(action: string, { tenant, roles, problem }: SignInForm): string {
  const choices = ROLE_DESCRIPTIONS.map(
    ([role, description]) => `
        <label class="role"><input type="checkbox" name="role" value="${role}"${roles.includes(role) ? ' checked' : ''}>
          <span><b>${role}</b> <small>${escapeHtml(description)}</small></span></label>`,
  );
  return document(
    'Sign in to Jobdeck',
    `<form method="post" action="${escapeHtml(action)}">
      <h1>Sign in to Jobdeck</h1>
      <p class="lead">The local system has no passwords. Choose an organization and roles.</p>
      ${problem ? `<p class="problem" role="alert">${escapeHtml(problem)}</p>` : ''}
      <label class="field">Organization
        <input name="tenant" value="${escapeHtml(tenant)}" required pattern="[A-Za-z0-9_\\-]{1,64}" maxlength="64"
          autocomplete="organization" autocapitalize="none" spellcheck="false">
        <small>Any name is accepted. <b>demo</b> has example jobs.</small></label>
      <fieldset><legend>Roles</legend>${choices.join('')}
      </fieldset>
      <button type="submit">Sign in</button>
    </form>`,
  );
}

/** Renders the page for a rejected request. */
export function refusalPage(reason: string): string {
  return document('Cannot sign in', `<div><h1>Cannot sign in</h1><p class="problem">${escapeHtml(reason)}</p></div>`);
}

function document(title: string, main: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title}</title>
    <link rel="stylesheet" href="${endpointPath(STYLE)}">
    <link rel="icon" href="data:,">
  </head>
  <body>
    <main>${main}</main>
  </body>
</html>
`;
}

function escapeHtml(text: string): string {
  const names: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#39' };
  return text.replaceAll(/[&<>"']/g, (character) => `&${names[character]};`);
}

export const STYLESHEET = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; color: light-dark(#18181b, #ececf1);
  background: light-dark(#f4f4f6, #0e0f13); }
body { margin: 0; min-height: 100dvh; display: grid; place-items: center; padding: 1rem; box-sizing: border-box; }
main { width: min(26rem, 100%); box-sizing: border-box; padding: 1.75rem; border-radius: 16px;
  background: light-dark(#fff, #17181e); border: 1px solid light-dark(#e2e2e8, #2b2d37);
  box-shadow: 0 12px 40px rgb(0 0 0 / 8%); }
h1 { margin: 0 0 .25rem; font-size: 1.35rem; letter-spacing: -.01em; }
.lead { margin: 0 0 1.25rem; color: light-dark(#5b5b66, #a5a7b4); }
.problem { padding: .6rem .8rem; border-radius: 10px; color: light-dark(#991b1b, #fecaca);
  background: light-dark(#fef2f2, #3a1518); overflow-wrap: anywhere; }
.field { display: grid; gap: .3rem; font-weight: 600; }
.field small { font-weight: 400; }
small { color: light-dark(#5b5b66, #a5a7b4); font-size: .85rem; }
input[name=tenant] { font: inherit; font-weight: 400; padding: .55rem .7rem; border-radius: 10px; color: inherit;
  border: 1px solid light-dark(#8a8a96, #6d7080); background: light-dark(#fff, #0e0f13); }
fieldset { margin: 1.25rem 0; padding: 0; border: 0; }
legend { font-weight: 600; padding: 0; margin-bottom: .35rem; }
.role { display: flex; gap: .65rem; padding: .4rem .5rem; border-radius: 8px; align-items: baseline; cursor: pointer; }
.role:hover { background: light-dark(#f4f4f6, #20222a); }
.role input { accent-color: #4f46e5; }
.role b { font-size: .92rem; }
button { width: 100%; font: inherit; font-weight: 600; padding: .65rem; border: 0; border-radius: 10px; color: #fff;
  background: #4338ca; cursor: pointer; }
button:hover { background: #3730a3; }
:focus-visible { outline: 2px solid light-dark(#4338ca, #a5b4fc); outline-offset: 2px; }
`;
