import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { routeOf, routes, type Resource } from './routes.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('routeOf', () => {
  it.each<[string, Resource, string, string]>([
    ['/v2/', 'base', '', ''],
    ['/v2', 'base', '', ''],
    ['/v2/_catalog', 'catalog', '', ''],
    ['/v2/app/tags/list', 'tags', 'app', ''],
    ['/v2/team/app/tags/list', 'tags', 'team/app', ''],
    ['/v2/app/manifests/latest', 'manifest', 'app', 'latest'],
    [`/v2/a/b/c/manifests/${digest}`, 'manifest', 'a/b/c', digest],
    [`/v2/app/manifests/${digest.replace(':', '%3A')}`, 'manifest', 'app', digest],
    [`/v2/app/blobs/${digest}`, 'blob', 'app', digest],
    [`/v2/team/app/blobs/${digest.replace(':', '%3a')}`, 'blob', 'team/app', digest],
    ['/v2/app/blobs/uploads/', 'uploads', 'app', ''],
    ['/v2/app/blobs/uploads', 'uploads', 'app', ''],
    ['/v2/team/app/blobs/uploads/', 'uploads', 'team/app', ''],
    ['/v2/app/blobs/uploads/u-1', 'upload', 'app', 'u-1'],
    ['/v2/team/app/blobs/uploads/u-1', 'upload', 'team/app', 'u-1'],
    // repositories whose names have words of the paths in them
    ['/v2/tags/list/tags/list', 'tags', 'tags/list', ''],
    ['/v2/manifests/manifests/manifests', 'manifest', 'manifests', 'manifests'],
    [`/v2/blobs/uploads/blobs/${digest}`, 'blob', 'blobs/uploads', digest],
    ['/v2/blobs/uploads/blobs/uploads/u-1', 'upload', 'blobs/uploads', 'u-1'],
    ['/v2/a/blobs/uploads/manifests/v1', 'manifest', 'a/blobs/uploads', 'v1'],
    // what is no name or no reference is for the handlers to refuse, as it is written
    ['/v2//manifests/latest', 'manifest', '', 'latest'],
    ['/v2/manifests/latest', 'manifest', '', 'latest'],
    ['/v2/a%2Fb/manifests/latest', 'manifest', 'a%2Fb', 'latest'],
    ['/v2/../app/manifests/latest', 'manifest', '../app', 'latest'],
    ['/v2/app/manifests/%zz', 'manifest', 'app', '%zz'],
    ['/v2/app/manifests/%ff', 'manifest', 'app', '%ff'],
    ['/v2/app/manifests/a%2Fb', 'manifest', 'app', 'a/b'],
  ])('finds in %s the %s of %j', (path, resource, name, reference) => {
    expect(routeOf(path)).toEqual({ resource, name, reference });
  });

  it.each([
    ['/v2/app'],
    ['/v2/_catalog/'],
    ['/v2/app/tags'],
    ['/v2/app/tags/'],
    ['/v2/app/tags/list/'],
    ['/v2/app/tags/other'],
    ['/v2/app/manifests/'],
    ['/v2/app/manifests/latest/'],
    ['/v2/app/blobs/'],
    [`/v2/app/blobs/${digest}/`],
    ['/v2/app/blobs/uploads/u-1/'],
    ['/v2/app/uploads/u-1'],
    ['/v2/app/referrers'],
    ['/v2//'],
    ['/v2///'],
  ])('finds nothing in %s', (path) => {
    expect(routeOf(path)).toBeUndefined();
  });

  it('finds the repository and the reference that a path was made of', () => {
    const part = fc.constantFrom('a', 'b2', 'tags', 'list', 'manifests', 'blobs', 'uploads', 'v2', '_catalog');
    const name = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
    const reference = fc.constantFrom('latest', 'list', 'manifests', 'v1.0', digest);
    fc.assert(
      fc.property(name, reference, (repository, tag) => {
        expect(routeOf(`/v2/${repository}/manifests/${tag}`)).toEqual({
          resource: 'manifest',
          name: repository,
          reference: tag,
        });
        expect(routeOf(`/v2/${repository}/blobs/uploads/${tag}`)).toEqual({
          resource: 'upload',
          name: repository,
          reference: tag,
        });
        expect(routeOf(`/v2/${repository}/tags/list`)).toEqual({ resource: 'tags', name: repository, reference: '' });
      }),
    );
  });

  it('takes any path apart, into a resource of the table and parts of the path', () => {
    const path = fc.string({
      unit: fc.constantFrom('/', '%', 'a', '3A', 'blobs', 'uploads', 'tags', 'list', 'manifests'),
    });
    fc.assert(
      fc.property(path, (rest) => {
        const route = routeOf(`/v2/${rest}`);
        if (!route) return;
        expect(Object.keys(routes)).toContain(route.resource);
        expect(rest.startsWith(route.name)).toBe(true);
      }),
    );
  });
});

describe('the table of the front', () => {
  it.each<[Resource, string[]]>([
    ['base', ['GET', 'HEAD']],
    ['catalog', ['GET']],
    ['tags', ['GET']],
    ['manifest', ['DELETE', 'GET', 'HEAD', 'PUT']],
    ['blob', ['GET', 'HEAD']],
    ['uploads', ['POST']],
    ['upload', ['DELETE', 'GET', 'PATCH', 'PUT']],
  ])('has for %s the methods %j', (resource, methods) => {
    expect(Object.keys(routes[resource]).sort()).toEqual(methods);
  });
});
