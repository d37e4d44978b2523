import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { DynamoDBRecord } from 'aws-lambda';

/** A record as DynamoDB Streams returns it. */
export interface StreamRecord {
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly dynamodb: NonNullable<DynamoDBRecord['dynamodb']> & { readonly SequenceNumber: string };
  readonly userIdentity?: { readonly [key in 'type' | 'Type' | 'principalId' | 'PrincipalId']?: string };
}

/** A record as Lambda passes it to a function. */
export type LambdaStreamRecord = DynamoDBRecord & { readonly dynamodb: StreamRecord['dynamodb'] };

export interface StreamOrigin {
  readonly streamArn: string;
  readonly shardId: string;
  readonly region: string;
}

/** @returns `true` for a write that changed nothing, which dynoxide records and DynamoDB does not */
export function isNoOp({ eventName, dynamodb: { OldImage, NewImage } }: StreamRecord): boolean {
  return eventName === 'MODIFY' && OldImage !== undefined && isDeepStrictEqual(OldImage, NewImage);
}

export function toLambdaRecord(record: StreamRecord, { streamArn, shardId, region }: StreamOrigin): LambdaStreamRecord {
  const { eventName, dynamodb, userIdentity } = record;
  const id = createHash('md5').update(`${streamArn} ${shardId} ${dynamodb.SequenceNumber}`).digest('hex');
  return {
    eventID: id,
    eventName,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: region,
    dynamodb,
    // Streams capitalizes these members, Lambda does not, and emulators do either.
    ...(userIdentity && {
      userIdentity: {
        principalId: userIdentity.principalId ?? userIdentity.PrincipalId,
        type: userIdentity.type ?? userIdentity.Type,
      },
    }),
    eventSourceARN: streamArn,
  };
}

export const sequenceNumberOf = (record: LambdaStreamRecord): string => record.dynamodb.SequenceNumber;

/** The time of the write in epoch milliseconds, with a precision of one second. */
export function creationTimeOf(record: LambdaStreamRecord): number {
  return (record.dynamodb.ApproximateCreationDateTime ?? 0) * 1000;
}
