import type { Sink } from '../../../domain/flow/flow.ts';
import type { FlowContext } from '../context.ts';
import type { SinkWriter } from '../sink.ts';
import { dynamoDbWriter } from './dynamodb.ts';
import { httpWriter } from './http.ts';
import { previewWriter } from './preview.ts';
import { s3Writer } from './s3.ts';

export function sinkWriter(sink: Sink, context: FlowContext): SinkWriter {
  switch (sink.type) {
    case 'http':
      return httpWriter(sink, context);
    case 's3':
      return s3Writer(sink, context);
    case 'dynamodb':
      return dynamoDbWriter(sink, context);
    case 'preview':
      return previewWriter(sink, context);
  }
}
