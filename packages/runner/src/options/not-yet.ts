/** Options that are accepted so that configurations of cluster2 load, and have no effect in this version. */
const NOT_YET = ['debug'];

/** Those of them that somebody set, to be told so. */
export const withoutEffect = (...given: object[]): string[] =>
  NOT_YET.filter(key => given.some(options => key in options));
