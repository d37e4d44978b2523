import jsonata from 'jsonata';

/** What is wrong with an expression, and behind which of its characters it was noticed. */
export interface ExpressionFault {
  readonly message: string;
  /** Characters from the beginning of the expression. */
  readonly position: number;
}

/** What keeps a text from being a JSONata expression; undefined when nothing does. It is not evaluated. */
export function findExpressionFault(expression: string): ExpressionFault | undefined {
  try {
    jsonata(expression);
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return { message: 'nested too deep', position: 0 };
    const { message = 'not a JSONata expression', position = 0 } = error as Partial<jsonata.JsonataError>;
    return { message, position };
  }
}
