import { CfnOutput, Fn, Stack } from 'aws-cdk-lib';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import type { EdgeSettings, StageConfig } from '../config.ts';
import { platformStackProps } from '../constructs/platform-stack-props.ts';

/** Web ACLs of CloudFront exist in this region only. */
const REGION = 'us-east-1';
const OUTPUT = 'WebAclArn';
/** Seconds after which a blocked client may try again: the rule's evaluation window. */
const WINDOW_SECONDS = 300;

export interface EdgeStackProps {
  readonly config: StageConfig;
  readonly edge: EdgeSettings;
}

/** The firewall in front of the API: limits the requests of each client address before they reach the region. */
export class EdgeStack extends Stack {
  constructor(scope: Construct, id: string, { config, edge }: EdgeStackProps) {
    const stackProps = platformStackProps(scope, id, 'Jobdeck: firewall of the API', config);
    super(scope, id, { ...stackProps, env: { ...stackProps.env, region: REGION } });
    const metrics = { cloudWatchMetricsEnabled: true, sampledRequestsEnabled: false };
    const acl = new wafv2.CfnWebACL(this, 'WebAcl', {
      name: `jobdeck-${config.name}`,
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      rules: [
        {
          name: 'requests-per-address',
          priority: 0,
          statement: {
            rateBasedStatement: {
              limit: edge.requestsPerFiveMinutesPerIp,
              evaluationWindowSec: WINDOW_SECONDS,
              aggregateKeyType: 'IP',
            },
          },
          action: {
            block: {
              customResponse: {
                responseCode: 429,
                responseHeaders: [{ name: 'retry-after', value: String(WINDOW_SECONDS) }],
              },
            },
          },
          visibilityConfig: { ...metrics, metricName: 'requests-per-address' },
        },
      ],
      visibilityConfig: { ...metrics, metricName: `jobdeck-${config.name}` },
    });
    new CfnOutput(this, OUTPUT, { value: acl.attrArn, description: 'Web ACL of the distribution' });
  }

  /** The ARN of the web ACL, for a stack in any region. */
  get webAclArn(): string {
    return Fn.getStackOutput(this.stackName, OUTPUT, REGION);
  }
}
