using System.Collections.Immutable;

namespace PvTimer.Experiments.Validation;

/// <summary>One figure of a publication, and what is known about the emulated one beside it.</summary>
/// <param name="What">Which figure, of which back-end.</param>
/// <param name="Value">As published; null: it is no single number, see <see cref="Text"/>.</param>
/// <param name="Unit">"cycles", "%", "us", "ns", or nothing for a ratio.</param>
public sealed record PublishedFigure(string What, double? Value, string Unit)
{
    /// <summary>As published, where that is no single number.</summary>
    public string? Text { get; init; }

    public Tolerance Tolerance { get; init; } = Tolerance.Usual;

    /// <summary>The key of a cost profile that was taken from it; null: none was.</summary>
    public string? FittedBy { get; init; }

    /// <summary>What the model lacks; null: it is covered.</summary>
    public string? Lacks { get; init; }

    /// <summary>The runs that the emulated figure is read from; none: it is not covered.</summary>
    public ImmutableArray<ValidationRunKey> Runs => Measured?.Runs ?? [];

    /// <summary>Null: it is not covered.</summary>
    internal Measurement? Measured { get; init; }
}

/// <summary>A published measurement, or what follows from pvtimer's rules: a row of the validation.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Workload">What the guest did.</param>
/// <param name="Policy">What is compared, in the publication's order.</param>
/// <param name="Source">A commit of Linux, or what else it was read in.</param>
/// <param name="Figures">At least one.</param>
public sealed record PublishedRow(
    int Number,
    string Workload,
    string Policy,
    string Source,
    ImmutableArray<PublishedFigure> Figures
)
{
    /// <summary>
    /// What is to be known to read its figures: the processor if it is none of the profiles', what was not published,
    /// what the model does otherwise; null: nothing.
    /// </summary>
    public string? Remark { get; init; }
}
