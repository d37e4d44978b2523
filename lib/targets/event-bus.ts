import { isArn, toLocalArn } from './arn.ts';
import type { EventBusTargetSettings } from './settings.ts';
import type { TargetKind } from './target-kind.ts';

const EVENT_BUS_ARN = /^arn:aws[a-z-]*:events:[a-z0-9-]+:\d{12}:event-bus\/[A-Za-z0-9._/-]{1,256}$/;

export const eventBusKind: TargetKind<EventBusTargetSettings> = {
  fields: ['eventBus'],
  validate(field, { eventBus }, fail) {
    if (!isArn(eventBus, EVENT_BUS_ARN)) fail(`${field}.eventBus`, 'the ARN of an EventBridge event bus', eventBus);
  },
  toLocal: (settings) => ({ ...settings, eventBus: toLocalArn(settings.eventBus) }),
  declare: ({ eventBus }) => ({ type: 'event', eventBus }),
  grant: (worker, { eventBus }) => worker.allow(['events:PutEvents'], [eventBus]),
};
