using System.Diagnostics.CodeAnalysis;

namespace HrmGen.Tests.Fixtures;

/// <summary>Numbers that differ by at most a tolerance, for lists of them.</summary>
internal sealed class Close(double tolerance) : IEqualityComparer<double>
{
    public bool Equals(double x, double y) => Math.Abs(x - y) <= tolerance;

    public int GetHashCode([DisallowNull] double obj) => 0;
}
