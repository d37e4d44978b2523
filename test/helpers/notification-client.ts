import { expect } from 'vitest';
import type { deliveryView } from '../../functions/api/flows/delivery-view.ts';
import type { ApiClient } from './local.ts';
import { eventually } from './runner-client.ts';

export type DeliveryBody = ReturnType<typeof deliveryView>;

export const DELIVERIES = '/v1/notifications/deliveries';

/** The tenant's deliveries, newest first. */
export async function deliveriesOf(api: ApiClient, query = ''): Promise<readonly DeliveryBody[]> {
  const answer = await api.get<readonly DeliveryBody[]>(DELIVERIES + query);
  expect(answer).toMatchObject({ status: 200 });
  return answer.body;
}

/** The tenant's deliveries, once there are so many and none of them is pending. */
export function settledDeliveries(api: ApiClient, count: number): Promise<readonly DeliveryBody[]> {
  return eventually(async () => {
    const deliveries = await deliveriesOf(api);
    expect(deliveries).toHaveLength(count);
    for (const { state } of deliveries) expect(state).not.toBe('pending');
    return deliveries;
  });
}
