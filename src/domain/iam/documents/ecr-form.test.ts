import { describe, expect, test } from 'vitest';
import { formatEcrPolicy } from './ecr-form.ts';

describe('the form of ECR', () => {
  test('is that of its printer', () => {
    const text = `{"Statement":[{"Action":["ecr:BatchGetImage",
      "ecr:GetDownloadUrlForLayer"],"Principal":"*","Effect":"Allow","Sid":"AllowPull"}],"Version":"2012-10-17"}`;
    expect(formatEcrPolicy(text)).toBe(
      `{\n  "Version" : "2012-10-17",\n  "Statement" : [ {\n    "Sid" : "AllowPull",\n    "Effect" : "Allow",\n    "Principal" : "*",\n    "Action" : [ "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer" ]\n  } ]\n}`,
    );
  });

  test('has every element in its place, and what is inside of them as it was sent', () => {
    const text = `{"Statement":[{"Condition":{"StringEquals":{"b":["x"],"a":"y","2":true,"1":1.50e1},"Null":{}},
      "NotResource":[],"NotAction":"ecr:*","NotPrincipal":{"Service":"a.b","AWS":["1","2"]},"Effect":"Deny"},
      {"Effect":"Allow","Resource":"*"}],"Id":"\\u00e9 \\"\\/\\\\\\n\\u001f","Version":"2008-10-17"}`;
    expect(formatEcrPolicy(text)).toBe(
      [
        '{',
        '  "Version" : "2008-10-17",',
        '  "Id" : "é \\"/\\\\\\n\\u001f",',
        '  "Statement" : [ {',
        '    "Effect" : "Deny",',
        '    "NotPrincipal" : {',
        '      "Service" : "a.b",',
        '      "AWS" : [ "1", "2" ]',
        '    },',
        '    "NotAction" : "ecr:*",',
        '    "NotResource" : [ ],',
        '    "Condition" : {',
        '      "StringEquals" : {',
        '        "b" : [ "x" ],',
        '        "a" : "y",',
        '        "2" : true,',
        '        "1" : 1.50e1',
        '      },',
        '      "Null" : { }',
        '    }',
        '  }, {',
        '    "Effect" : "Allow",',
        '    "Resource" : "*"',
        '  } ]',
        '}',
      ].join('\n'),
    );
  });

  test('leaves one statement one statement', () => {
    const text = '{"Statement":{"Action":"*","Effect":"Allow"}}';
    expect(formatEcrPolicy(text)).toBe('{\n  "Statement" : {\n    "Effect" : "Allow",\n    "Action" : "*"\n  }\n}');
  });

  test('is of policies only', () => {
    expect(() => formatEcrPolicy('{"a":1}')).toThrow(expect.objectContaining({ name: 'PolicySyntaxError' }));
  });
});
