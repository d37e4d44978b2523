import type { buildApp } from 'fauxqs';

export interface SystemAttributes {
  readonly AWSTraceHeader?: string;
  readonly MessageGroupId?: string;
}

interface SendRequest {
  readonly MessageGroupId?: string;
  readonly MessageSystemAttributes?: { readonly AWSTraceHeader?: { readonly StringValue?: string } };
}

interface Sent extends SendRequest {
  readonly Id?: string;
}

/**
 * Stores the system attributes that fauxqs drops: the trace header, which loop detection needs, and the message group
 * of a standard queue. In memory and bounded; messages lose these attributes on a restart.
 */
export class MessageAttributeCache {
  readonly #byMessage = new Map<string, SystemAttributes>();
  readonly #maximum: number;

  constructor({ maximum = 20_000 }: { readonly maximum?: number } = {}) {
    this.#maximum = maximum;
  }

  set(messageId: string, attributes: SystemAttributes): void {
    this.#byMessage.set(messageId, attributes);
    if (this.#byMessage.size > this.#maximum) {
      const [oldest] = this.#byMessage.keys();
      if (oldest !== undefined) this.#byMessage.delete(oldest);
    }
  }

  get(messageId: string): SystemAttributes {
    return this.#byMessage.get(messageId) ?? {};
  }

  delete(messageId: string): void {
    this.#byMessage.delete(messageId);
  }

  /** Records the attributes of sent messages. Must be called before the fauxqs application listens. */
  attach(app: ReturnType<typeof buildApp>): void {
    app.addHook('onSend', async (request, _reply, payload) => {
      const target = request.headers['x-amz-target'];
      if (typeof payload !== 'string') return payload;
      const trace = request.headers['x-amzn-trace-id'];
      const header = typeof trace === 'string' ? trace : undefined;
      if (target === 'AmazonSQS.SendMessage') {
        this.#sent(request.body as SendRequest, (JSON.parse(payload) as { MessageId?: string }).MessageId, header);
      } else if (target === 'AmazonSQS.SendMessageBatch') {
        const { Entries: entries = [] } = request.body as { Entries?: readonly Sent[] };
        const { Successful: successful = [] } = JSON.parse(payload) as {
          Successful?: readonly { readonly Id: string; readonly MessageId: string }[];
        };
        for (const { Id, MessageId } of successful) {
          const entry = entries.find((candidate) => candidate.Id === Id);
          if (entry) this.#sent(entry, MessageId, header);
        }
      }
      return payload;
    });
  }

  #sent(message: SendRequest, messageId: string | undefined, trace: string | undefined): void {
    const header = message.MessageSystemAttributes?.AWSTraceHeader?.StringValue ?? trace;
    const group = message.MessageGroupId;
    if (messageId === undefined || (header === undefined && group === undefined)) return;
    this.set(messageId, {
      ...(header !== undefined && { AWSTraceHeader: header }),
      ...(group !== undefined && { MessageGroupId: group }),
    });
  }
}
