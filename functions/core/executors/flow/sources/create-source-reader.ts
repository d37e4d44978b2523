import type { Source } from '../../../domain/flow/source.ts';
import type { FlowContext } from '../flow-context.ts';
import type { SourceReader } from '../source-reader.ts';
import { createGenerateReader } from './generate.ts';
import { createHttpReader } from './http.ts';
import { createInlineReader } from './inline.ts';
import { createS3Reader } from './s3.ts';
import { createSqsReader } from './sqs.ts';

export function createSourceReader(source: Source, context: FlowContext): SourceReader {
  switch (source.type) {
    case 'http':
      return createHttpReader(source, context);
    case 's3':
      return createS3Reader(source, context);
    case 'inline':
      return createInlineReader(source, context);
    case 'generate':
      return createGenerateReader(source, context);
    case 'sqs':
      return createSqsReader(source, context);
  }
}
