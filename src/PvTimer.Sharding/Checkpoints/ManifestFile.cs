using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>A manifest on disk: JSON that a person can read, with a hash over what it says.</summary>
internal static class ManifestFile
{
    /// <summary>More than the history of any run takes.</summary>
    public const int MostBytes = 16 << 20;

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        // The same bytes on every platform: they are hashed.
        NewLine = "\n",
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private static ReadOnlySpan<byte> NoHash => "\"Sha256\": \"\""u8;

    private static readonly JsonDocumentOptions Plain = new() { AllowDuplicateProperties = false };

    /// <summary>Writes it so that it is there whole, under its name, or not at all.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="path">The file.</param>
    /// <param name="manifest">What it is to say; its hash is computed.</param>
    /// <param name="known">Remembers it; null: nothing does.</param>
    /// <exception cref="CheckpointDamagedException">Something in it is null.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(
        IRunFiles files,
        string path,
        CheckpointManifest manifest,
        KnownManifests? known = null
    )
    {
        byte[] unhashed = Unhashed(path, manifest);
        string sha256 = FileHash.Of(unhashed);
        byte[] content = WithHash(unhashed, sha256);
        if (content.Length > MostBytes)
        {
            throw new IOException($"{path}: {Sized(content.Length)}");
        }
        files.WriteWhole(path, CheckpointName.OfPartial(path), content);
        known?.Note(path, content, manifest with { Sha256 = sha256 });
    }

    /// <summary>What a file says, if it is what was written under this name.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="path">The file.</param>
    /// <param name="known">What was read before, which need not be parsed again; null: nothing.</param>
    /// <exception cref="CheckpointDamagedException">It is not.</exception>
    public static CheckpointManifest Read(
        IRunFiles files,
        string path,
        KnownManifests? known = null
    )
    {
        try
        {
            byte[] content = ContentOf(files, path);
            if (known?.Find(path, content) is { } same)
            {
                return same;
            }
            CheckpointManifest manifest = Parse(path, content);
            if (FileHash.Of(Unhashed(path, manifest)) != manifest.Sha256)
            {
                throw new CheckpointDamagedException(
                    $"{path}: its hash is not that of what it says"
                );
            }
            if (FlawOf(manifest) is { } flaw)
            {
                throw new CheckpointDamagedException($"{path}: {flaw}");
            }
            if (CheckpointName.OfManifest(manifest.Epoch, manifest.Round) != Path.GetFileName(path))
            {
                throw new CheckpointDamagedException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{path}: it is that of epoch {manifest.Epoch}, round {manifest.Round}"
                    )
                );
            }
            known?.Note(path, content, manifest);
            return manifest;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CheckpointDamagedException($"{path}: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>What in a manifest can be true of no checkpoint, on one line; null: nothing.</summary>
    public static string? FlawOf(CheckpointManifest manifest)
    {
        if (manifest.Parts.IsDefault || manifest.History.IsDefault)
        {
            return "it has no list of parts or no history";
        }
        if (manifest.History.Any(line => line is null))
        {
            return "a line of its history is null";
        }
        if (
            manifest.Epoch is < 0 or > CheckpointName.Most
            || manifest.Round is < 0 or > CheckpointName.Most
            || manifest.ReachedNanoseconds < 0
        )
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"epoch {manifest.Epoch}, round {manifest.Round}, {manifest.ReachedNanoseconds} ns; accepted: none below zero, epoch and round up to {CheckpointName.Most}"
            );
        }
        if (!FileHash.IsOne(manifest.InputSha256 ?? ""))
        {
            return "the scenario's hash is none; accepted: SHA-256 in lower-case hexadecimal";
        }
        foreach (CheckpointPart part in manifest.Parts)
        {
            if (FlawOf(manifest, part) is { } flaw)
            {
                return flaw;
            }
        }
        return null;
    }

    /// <summary>As it would be written, without the hash itself.</summary>
    private static byte[] Unhashed(string path, CheckpointManifest manifest)
    {
        try
        {
            return JsonSerializer.SerializeToUtf8Bytes(manifest with { Sha256 = "" }, Json);
        }
        catch (JsonException e)
        {
            throw new CheckpointDamagedException($"{path}: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>The hash stands last, so that it can be put in where there is none.</summary>
    private static byte[] WithHash(byte[] unhashed, string sha256)
    {
        int at = unhashed.AsSpan().LastIndexOf(NoHash) + NoHash.Length - 1;
        return
        [
            .. unhashed.AsSpan(0, at),
            .. Encoding.ASCII.GetBytes(sha256),
            .. unhashed.AsSpan(at),
        ];
    }

    private static string? FlawOf(CheckpointManifest manifest, CheckpointPart part)
    {
        if (part is null)
        {
            return "a part is null";
        }
        if (CheckpointFile.FlawOf(part) is { } flaw)
        {
            return flaw;
        }
        string name = CheckpointName.OfPart(manifest.Epoch, manifest.Round, part.Node);
        return part.File == name
            ? null
            : $"the part '{part.File}' is not that of its epoch, round and node; accepted: {name}";
    }

    private static byte[] ContentOf(IRunFiles files, string path)
    {
        (long bytes, bool isLink) = files.Look(path);
        if (isLink)
        {
            throw new CheckpointDamagedException($"{path}: it is a link; accepted: a file");
        }
        if (bytes is 0 or > MostBytes)
        {
            throw new CheckpointDamagedException($"{path}: {Sized(bytes)}");
        }
        return files.Read(path);
    }

    private static CheckpointManifest Parse(string path, byte[] content)
    {
        using JsonDocument document = JsonDocument.Parse(content, Plain);
        int? version =
            document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty(
                nameof(CheckpointManifest.Version),
                out JsonElement said
            )
            && said.ValueKind == JsonValueKind.Number
            && said.TryGetInt32(out int number)
                ? number
                : null;
        if (version != CheckpointManifest.CurrentVersion)
        {
            string found = version is { } other
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"version {other}, of another pvtimer"
                )
                : "no manifest of a checkpoint";
            throw new CheckpointDamagedException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path}: {found}; accepted: version {CheckpointManifest.CurrentVersion}"
                )
            );
        }
        return document.Deserialize<CheckpointManifest>(Json)!; // reason: the root is an object
    }

    private static string Sized(long bytes) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{bytes} bytes; accepted: a manifest of 1 to {MostBytes}"
        );
}
