import { badArgument } from './errors.ts';

/** What the values of one status can be made into, and what comes of it. */
export interface Reduced {
  /** Of numbers. */
  sum: number;
  /** Of numbers. */
  avg: number;
  /** Of numbers. */
  min: number;
  /** Of numbers. */
  max: number;
  /** One list of all values; values that are lists are joined. */
  concat: unknown[];
  /** The value of one process: of this one if it has the status, otherwise of the one that joined first. */
  first: unknown;
}

/** The name of a way to make one value of many. */
export type Reducer = keyof Reduced;

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

const REDUCERS: { readonly [R in Reducer]: (values: readonly unknown[]) => Reduced[R] } = {
  sum: values => sum(numbersIn(values)),
  avg: values => sum(numbersIn(values)) / values.length,
  min: values => Math.min(...numbersIn(values)),
  max: values => Math.max(...numbersIn(values)),
  concat: values => values.flat(),
  first: ([first]) => first,
};

/** @throws TROUPE_ERR_IPC_BAD_ARGUMENT */
export function reducerOf<R extends Reducer>(name: R): (values: readonly unknown[]) => Reduced[R] {
  if (Object.hasOwn(REDUCERS, name)) return REDUCERS[name];
  throw badArgument(`There is no reducer '${name}'; there are ${Object.keys(REDUCERS).join(', ')}.`);
}

function numbersIn(values: readonly unknown[]): number[] {
  return values.map(value => {
    if (typeof value === 'number') return value;
    throw badArgument(`Only numbers can be added and compared; a process shows a ${typeof value} as this status.`);
  });
}
