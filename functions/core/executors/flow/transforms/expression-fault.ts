import jsonata from 'jsonata';

/** The reason why an expression is invalid, and its position. */
export interface ExpressionFault {
  readonly message: string;
  /** Characters from the beginning of the expression. */
  readonly position: number;
}

/**
 * Returns the reason why a text is not a JSONata expression, or `undefined` if it is valid. The expression is not
 * evaluated.
 */
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
