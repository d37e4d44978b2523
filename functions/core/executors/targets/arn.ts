/** The parts of the ARN of a resource that its client needs. */
export interface ArnParts {
  readonly region: string;
  readonly account: string;
  /** The part after the account, such as `event-bus/orders`. */
  readonly resource: string;
}

export function parseArn(arn: string): ArnParts {
  const [, , , region = '', account = '', ...resource] = arn.split(':');
  return { region, account, resource: resource.join(':') };
}
