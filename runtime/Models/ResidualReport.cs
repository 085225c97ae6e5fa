namespace HrmGen.Models;

/// <summary>How a loop ended that runs until its latents settle (<c>until: residual &lt; eps</c>, or <c>gradient: fixed_point</c>).</summary>
/// <param name="Residual">
/// What its last iteration changed: the norm of the change over the norm before it, the largest over rows and latents.
/// </param>
/// <param name="Iterations">Iterations that it ran.</param>
/// <param name="Settled">True where the residual fell below the threshold; false where the loop ran to its limit.</param>
public sealed record ResidualReport(double Residual, int Iterations, bool Settled);
