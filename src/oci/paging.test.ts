import { describe, expect, it } from 'vitest';
import { RegistryError } from '../domain/errors.ts';
import { linkToNext, pageOf } from './paging.ts';
import type { OciRequest } from './request.ts';

const requestOf = (query: string, secure = false): OciRequest =>
  ({
    query: new URLSearchParams(query),
    exchange: { host: 'localhost:4566', path: '/v2/team/app/tags/list', secure },
  }) as OciRequest;

const pageIn = (query: string) => pageOf(requestOf(query));

describe('pageOf', () => {
  it.each([
    ['', { limit: 100, after: '', given: false }],
    ['n=', { limit: 100, after: '', given: false }],
    ['n=1', { limit: 1, after: '', given: true }],
    ['n=1000', { limit: 1000, after: '', given: true }],
    ['n=5&last=v1', { limit: 5, after: 'v1', given: true }],
    ['last=team%2Fapp', { limit: 100, after: 'team/app', given: false }],
    ['n=007', { limit: 7, after: '', given: true }],
  ])('reads %j', (query, page) => {
    expect(pageIn(query)).toEqual(page);
  });

  it.each([
    ['n=0', 'Member must have value greater than or equal to 1'],
    ['n=-1', 'Member must have value greater than or equal to 1'],
    ['n=1001', 'Member must have value less than or equal to 1000'],
    ['n=999999999999999', 'Member must have value less than or equal to 1000'],
    ['n=x', 'Member must be an integer'],
    ['n=1.5', 'Member must be an integer'],
    ['n=1e3', 'Member must be an integer'],
    ['n=0x10', 'Member must be an integer'],
    ['n=9999999999999999', 'Member must be an integer'],
    ['n=%201', 'Member must be an integer'],
  ])('refuses %j', (query, constraint) => {
    expect(() => pageIn(query)).toThrow(new RegistryError('invalidParameter', { field: 'maxResults', constraint }));
  });
});

describe('linkToNext', () => {
  it.each([
    ['n=2&last=a', 'v1', false, '<http://localhost:4566/v2/team/app/tags/list?n=2&last=v1>; rel="next"'],
    ['', 'v1', true, '<https://localhost:4566/v2/team/app/tags/list?last=v1>; rel="next"'],
    ['n=2', 'a/b c', false, '<http://localhost:4566/v2/team/app/tags/list?n=2&last=a%2Fb+c>; rel="next"'],
    ['n=2', '>; rel="x', false, '<http://localhost:4566/v2/team/app/tags/list?n=2&last=%3E%3B+rel%3D%22x>; rel="next"'],
  ])('after %j, which ended at %j', (query, last, secure, link) => {
    const request = requestOf(query, secure);
    expect(linkToNext(request, pageOf(request), last)).toEqual({ link });
  });

  it('leads to the page after it', () => {
    const request = requestOf('n=2');
    const { link = '' } = linkToNext(request, pageOf(request), 'team/ä+b');
    const next = new URL(link.slice(1, link.indexOf('>')));
    expect(pageIn(next.search)).toEqual({ limit: 2, after: 'team/ä+b', given: true });
  });
});
