using System;
using System.Globalization;
using System.Linq;
using PvTimer.Scenarios;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>
/// The names of the files in a checkpoint directory. Only these forms are read, written and removed: a name from
/// a peer or from a manifest that has another one leads nowhere.
/// </summary>
/// <remarks>
/// <code>
///   e3-r1200-node-1.ckpt   manifest-e0003-r0000001200.json   formation-e0003
/// </code>
/// </remarks>
internal static class CheckpointName
{
    /// <summary>What messages say is accepted.</summary>
    public const string FormsOfParts =
        "eEPOCH-rROUND-NODE.ckpt with the epoch, round and node of its checkpoint";

    /// <summary>Epochs and rounds go from 0 to this.</summary>
    public const long Most = 1_000_000_000_000_000;

    private const int MostShown = 80;
    private const string Manifest = "manifest-e";
    private const string Claim = "formation-e";
    private const string Part = ".ckpt";
    private const string Partial = ".partial";
    private const string Json = ".json";

    /// <exception cref="ArgumentException">The node's name is none.</exception>
    public static string OfPart(long epoch, long round, string node) =>
        NameRule.Node.FlawOf(node) is { } flaw
            ? throw new ArgumentException($"the node {flaw}", nameof(node))
            : string.Create(CultureInfo.InvariantCulture, $"e{epoch}-r{round}-{node}{Part}");

    public static string OfManifest(long epoch, long round) =>
        string.Create(CultureInfo.InvariantCulture, $"manifest-e{epoch:D4}-r{round:D10}{Json}");

    public static string OfClaim(long epoch) =>
        string.Create(CultureInfo.InvariantCulture, $"formation-e{epoch:D4}");

    /// <summary>Where a file is written before it gets its name.</summary>
    public static string OfPartial(string path) => path + Partial;

    /// <summary>The epoch and round of a manifest's file; null: that is not its name.</summary>
    public static (long Epoch, long Round)? OfManifestFile(ReadOnlySpan<char> file)
    {
        if (
            !file.StartsWith(Manifest, StringComparison.Ordinal)
            || !file.EndsWith(Json, StringComparison.Ordinal)
        )
        {
            return null;
        }
        ReadOnlySpan<char> numbers = file[Manifest.Length..^Json.Length];
        int dash = numbers.IndexOf('-');
        return
            dash >= 0
            && numbers[(dash + 1)..] is ['r', .. var round]
            && Number(numbers[..dash], leastDigits: 4) is { } e
            && Number(round, leastDigits: 10) is { } r
            ? (e, r)
            : null;
    }

    /// <summary>The epoch of a claim's file; null: that is not its name.</summary>
    public static long? OfClaimFile(ReadOnlySpan<char> file) =>
        file.StartsWith(Claim, StringComparison.Ordinal)
            ? Number(file[Claim.Length..], leastDigits: 4)
            : null;

    /// <summary>It is the name of a part's file.</summary>
    public static bool IsPart(string file) => EpochOfPart(file) is not null;

    /// <summary>The epoch of a part's file, or of one that has not got its name; null: it is neither.</summary>
    public static long? OfPartOrPartial(ReadOnlySpan<char> file)
    {
        if (!file.EndsWith(Partial, StringComparison.Ordinal))
        {
            return EpochOfPart(file);
        }
        ReadOnlySpan<char> whole = file[..^Partial.Length];
        return OfManifestFile(whole)?.Epoch ?? EpochOfPart(whole);
    }

    /// <summary>A name from a peer or a file, on one line and not too long, whatever is in it.</summary>
    public static string Shown(string? text) =>
        string.Concat(
            (text ?? "").Take(MostShown).Select(each => char.IsControl(each) ? '?' : each)
        );

    private static long? EpochOfPart(ReadOnlySpan<char> file)
    {
        if (file is not ['e', ..] || !file.EndsWith(Part, StringComparison.Ordinal))
        {
            return null;
        }
        ReadOnlySpan<char> words = file[1..^Part.Length];
        int first = words.IndexOf('-');
        if (first < 0 || words[(first + 1)..] is not ['r', .. var rest])
        {
            return null;
        }
        int second = rest.IndexOf('-');
        return
            second >= 0
            && NameRule.Node.Allows(rest[(second + 1)..])
            && Number(rest[..second], leastDigits: 1) is not null
            ? Number(words[..first], leastDigits: 1)
            : null;
    }

    /// <summary>A number as it is written in a name, filled up with zeros to so many digits; null: it is none.</summary>
    private static long? Number(ReadOnlySpan<char> digits, int leastDigits) =>
        (digits.Length == leastDigits || (digits.Length > leastDigits && digits[0] != '0'))
        && !digits.ContainsAnyExceptInRange('0', '9')
        && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
        && number <= Most
            ? number
            : null;
}
