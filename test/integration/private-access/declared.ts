/** Endpoints of every kind, as a YAML file declares them. */
import { account } from '../../support/app.ts';

/** An account that is not here. */
export const other = '210987654321';

export const yaml = `
trusted-proxies: [127.0.0.50, 127.0.0.51]
endpoints:
  - id: vpce-own
    vpc: vpc-1
    account: ${account}
    listen: 127.0.0.1:0
    services: [ecr.api, ecr.dkr, sts, iam]
  - id: vpce-pulls
    vpc: vpc-2
    account: ${other}
    networks: 127.0.1.0/24
    services:
      ecr.api: &pulls
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: "*"
            Action:
              - ecr:GetAuthorizationToken
              - ecr:BatchGetImage
              - ecr:BatchCheckLayerAvailability
              - ecr:GetDownloadUrlForLayer
            Resource: "*"
      ecr.dkr: *pulls
  - id: vpce-api
    vpc: vpc-1
    account: ${account}
    networks: 127.0.2.0/24
    services:
      ecr.api: >
        {"Statement": [
          {"Effect": "Allow", "Principal": "*", "Action": "*"},
          {"Effect": "Deny", "Principal": {"AWS": "${account}"}, "Action": "ecr:DeleteRepository"}
        ]}
  - id: vpce-dkr
    vpc: vpc-1
    account: ${account}
    networks: [127.0.3.0/24]
    services: ecr.dkr
  - id: vpce-a
    vpc: vpc-1
    account: ${account}
    networks: 127.0.4.0/24
    hosts: a.example
    services:
      ecr.api:
      sts: '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:GetAccessKeyInfo"}}'
  - id: vpce-b
    vpc: vpc-1
    account: ${account}
    networks: 127.0.4.0/24
    hosts: [b.example, bb.example]
    services: [ecr.api]
  - id: vpce-clients
    vpc: vpc-3
    account: ${account}
    networks: [203.0.113.0/24]
    services: [ecr.api]
  - id: vpce-proxy
    vpc: vpc-4
    account: ${account}
    proxies: 127.0.0.51
    services: [ecr.api]
`;
