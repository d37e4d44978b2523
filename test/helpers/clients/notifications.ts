import { expect } from 'vitest';
import type { DeliveryView } from '../../../functions/api/administration/deliveries.ts';
import { waitForAssertion } from '../wait.ts';
import type { ApiClient } from './api.ts';

export type DeliveryBody = DeliveryView;

export const DELIVERIES = '/v1/notifications/deliveries';

/** Lists the tenant's deliveries, newest first. */
export async function listDeliveries(api: ApiClient, query = ''): Promise<readonly DeliveryBody[]> {
  const answer = await api.get<readonly DeliveryBody[]>(DELIVERIES + query);
  expect(answer).toMatchObject({ status: 200 });
  return answer.body;
}

/** Waits until the tenant has `count` deliveries, none of them pending. */
export function waitForDeliveries(api: ApiClient, count: number): Promise<readonly DeliveryBody[]> {
  return waitForAssertion(async () => {
    const deliveries = await listDeliveries(api);
    expect(deliveries).toHaveLength(count);
    for (const { state } of deliveries) expect(state).not.toBe('pending');
    return deliveries;
  });
}
