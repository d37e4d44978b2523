/**
 * The parts of the SDK of the Model Context Protocol that the server uses. The package contains this module with the SDK
 * bundled into it (`bin/build-package.ts`), because most of the packages that the SDK depends on are for other transports.
 */

export { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
export { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
export type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
