package haze.nn;

/// Small systems of linear equations.
public final class LinearSystem {
  private LinearSystem() {}

  /// Gauss and Jordan's elimination with the largest pivot of a column.
  ///
  /// @param rows `[n, n + 1]`: the matrix, which must be regular, and the right side as its last
  ///   column; overwritten
  /// @return the n unknowns
  public static double[] solve(double[]... rows) {
    int size = rows.length;
    for (int k = 0; k < size; k++) {
      int pivot = k;
      for (int i = k + 1; i < size; i++) {
        if (Math.abs(rows[i][k]) > Math.abs(rows[pivot][k])) {
          pivot = i;
        }
      }
      double[] row = rows[pivot];
      rows[pivot] = rows[k];
      rows[k] = row;
      for (int i = 0; i < size; i++) {
        double share = i == k ? 0 : rows[i][k] / row[k];
        for (int j = 0; j <= size && i != k; j++) {
          rows[i][j] -= share * row[j];
        }
      }
    }
    double[] solution = new double[size];
    for (int k = 0; k < size; k++) {
      solution[k] = rows[k][size] / rows[k][k];
    }
    return solution;
  }
}
