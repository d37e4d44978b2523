import type { Sink } from '../../../domain/flow/sink.ts';
import type { FlowContext } from '../flow-context.ts';
import type { SinkWriter } from '../sink-writer.ts';
import { createDynamoDbWriter } from './dynamodb.ts';
import { createHttpWriter } from './http.ts';
import { createPreviewWriter } from './preview.ts';
import { createS3Writer } from './s3.ts';

export function createSinkWriter(sink: Sink, context: FlowContext): SinkWriter {
  switch (sink.type) {
    case 'http':
      return createHttpWriter(sink, context);
    case 's3':
      return createS3Writer(sink, context);
    case 'dynamodb':
      return createDynamoDbWriter(sink, context);
    case 'preview':
      return createPreviewWriter(sink, context);
  }
}
