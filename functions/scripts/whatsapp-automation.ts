import { ApiClient } from './lib/api-client.ts';
import { defineScript, type ScriptContext } from './lib/define-script.ts';
import { requireVariable } from './lib/environment.ts';
import { GraphError, MetaGraph } from './lib/meta-graph.ts';

interface Contact {
  readonly id: string;
  readonly name: string;
  /** International format, digits only. */
  readonly phone: string;
}

interface Contacts {
  readonly contacts: readonly Contact[];
  readonly next: string | null;
}

/** The recipient cannot receive messages: not on WhatsApp, or without consent. Other recipients are unaffected. */
const UNDELIVERABLE = 131026;

/**
 * Sends a template message to every new contact. `GET CONTACTS_URL?after=<id>` lists contacts, oldest first, as `{
 * contacts: [{ id, name, phone }], next: <id> | null }`.
 *
 * The id of the last contact is stored after each message. A crash between sending and storing repeats one message;
 * WhatsApp has no idempotency key, so `biz_opaque_callback_data` names the contact.
 *
 * Variables: those of `MetaGraph`, `WHATSAPP_PHONE_NUMBER_ID`, `WHATSAPP_TEMPLATE` (default `welcome`),
 * `WHATSAPP_LANGUAGE` (default `en_US`), `CONTACTS_URL`.
 */
export default defineScript({
  description: 'Sends a template message to every new contact.',
  async run(context) {
    const { env, state, signal, log, report } = context;
    const graph = new MetaGraph({ env, state, signal, log });
    const template = env.WHATSAPP_TEMPLATE || 'welcome';
    const key = `whatsapp-automation:${template}`;
    let sent = 0;
    let undeliverable = 0;
    for await (const contact of contactsAfter((await state.get<string>(key)) ?? null, context)) {
      signal.throwIfAborted();
      try {
        await graph.post(
          `${requireVariable(env, 'WHATSAPP_PHONE_NUMBER_ID')}/messages`,
          message(contact, template, env),
        );
        sent += 1;
      } catch (error) {
        if (!(error instanceof GraphError && error.code === UNDELIVERABLE)) throw error;
        log.warn(`contact ${contact.id}: ${error.message}`);
        undeliverable += 1;
      }
      await state.set(key, contact.id);
      report({ itemsProcessed: sent, meta: { template, sent, undeliverable } });
    }
    log.info(`${template}: sent to ${sent} contacts, ${undeliverable} undeliverable`);
  },
});

async function* contactsAfter(
  last: string | null,
  { env, signal, log }: ScriptContext<unknown>,
): AsyncGenerator<Contact> {
  const client = new ApiClient({ signal, log });
  for (let after = last, more = true; more; ) {
    const url = new URL(requireVariable(env, 'CONTACTS_URL'));
    if (after !== null) url.searchParams.set('after', after);
    const { status, body } = await client.call(url);
    if (status !== 200) throw new Error(`${url.origin}${url.pathname}: HTTP ${status}`);
    const { contacts, next } = body as Contacts;
    yield* contacts;
    after = next;
    more = next !== null;
  }
}

function message({ id, name, phone }: Contact, template: string, env: ScriptContext<unknown>['env']): object {
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: phone,
    type: 'template',
    template: {
      name: template,
      language: { code: env.WHATSAPP_LANGUAGE || 'en_US' },
      components: [{ type: 'body', parameters: [{ type: 'text', text: name }] }],
    },
    biz_opaque_callback_data: `contact:${id}`,
  };
}
