import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { CallToolResult, Tool } from '@modelcontextprotocol/sdk/types.js';
import { expect } from 'vitest';

type Input = Readonly<Record<string, unknown>>;

/** A client of the Model Context Protocol. */
export interface McpClient {
  readonly client: Client;
  readonly listTools: () => Promise<readonly Tool[]>;
  readonly callTool: (name: string, input?: Input) => Promise<CallToolResult>;
  /** Calls a tool and returns its structured content. Throws if the tool returns an error. */
  readonly read: <Content = Readonly<Record<string, unknown>>>(name: string, input?: Input) => Promise<Content>;
  /** Calls a tool that must return an error, and returns its message. */
  readonly fail: (name: string, input?: Input) => Promise<string>;
  /** Names of the tools that have returned no error. */
  readonly succeeded: ReadonlySet<string>;
  readonly close: () => Promise<void>;
}

export async function connectMcpClient(transport: Transport): Promise<McpClient> {
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(transport);
  const succeeded = new Set<string>();
  const callTool = async (name: string, input: Input = {}) => {
    const result = (await client.callTool({ name, arguments: { ...input } })) as CallToolResult;
    if (result.isError !== true) succeeded.add(name);
    return result;
  };
  return {
    client,
    succeeded,
    listTools: async () => (await client.listTools()).tools,
    callTool,
    async read<Content>(name: string, input?: Input) {
      const result = await callTool(name, input);
      expect(result).not.toMatchObject({ isError: true });
      expect(JSON.parse(textOf(result))).toEqual(result.structuredContent);
      return result.structuredContent as Content;
    },
    async fail(name, input) {
      const result = await callTool(name, input);
      expect(result).toMatchObject({ isError: true });
      return textOf(result);
    },
    close: () => client.close(),
  };
}

/** Returns the text of a result. */
export function textOf({ content }: CallToolResult): string {
  const [first] = content;
  if (first?.type !== 'text') throw new Error('The result has no text.');
  return first.text;
}
