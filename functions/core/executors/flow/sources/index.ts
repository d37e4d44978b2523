import type { Source } from '../../../domain/flow/flow.ts';
import type { FlowContext } from '../context.ts';
import type { SourceReader } from '../source.ts';
import { generateReader } from './generate.ts';
import { httpReader } from './http.ts';
import { inlineReader } from './inline.ts';
import { s3Reader } from './s3.ts';
import { sqsReader } from './sqs.ts';

export function sourceReader(source: Source, context: FlowContext): SourceReader {
  switch (source.type) {
    case 'http':
      return httpReader(source, context);
    case 's3':
      return s3Reader(source, context);
    case 'inline':
      return inlineReader(source, context);
    case 'generate':
      return generateReader(source, context);
    case 'sqs':
      return sqsReader(source, context);
  }
}
