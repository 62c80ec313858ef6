/**
 * Which of `types` an Accept header likes best; the earlier of two it likes the same. The first when it likes none, since
 * an answer of another type tells more than a 406.
 */
export function preferredType<T extends string>(accept: string | undefined, types: readonly [T, ...T[]]): T {
  const ranges = (accept ?? '*/*').split(',').map(range => {
    const [type = '', ...parameters] = range.split(';').map(part => part.trim().toLowerCase());
    const q = parameters.find(parameter => parameter.startsWith('q='))?.slice(2);
    return { type, q: q === undefined ? 1 : Number(q) || 0 };
  });
  const liking = (type: T) => {
    const wildcard = `${type.split('/')[0]}/*`;
    // The most specific range that matches decides, by RFC 9110 section 12.5.1.
    return (
      [type, wildcard, '*/*'].map(range => ranges.find(one => one.type === range)?.q).find(q => q !== undefined) ?? 0
    );
  };
  return types.reduce((best, type) => (liking(type) > liking(best) ? type : best));
}
