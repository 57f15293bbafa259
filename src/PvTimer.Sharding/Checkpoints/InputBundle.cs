using System;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Text;
using PvTimer.Scenarios;
using PvTimer.Sharding.Control;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>What a run is made from as one piece: the resolved scenario, and the recordings that it names.</summary>
/// <remarks>
/// <code>
///   length  scenario  { length  path  length  content }...      lengths of 4 bytes, little-endian
/// </code>
/// A path in it is what the scenario calls a recording. Nothing is ever written there, nor read from there by whom
/// it was sent to.
/// </remarks>
internal sealed class InputBundle
{
    private readonly ReadOnlyMemory<byte> _scenario;
    private readonly ImmutableDictionary<string, ReadOnlyMemory<byte>> _recordings;

    /// <exception cref="InvalidDataException">It is not of this form.</exception>
    public InputBundle(byte[] bytes)
    {
        Bytes = bytes;
        int at = 0;
        _scenario = Next();
        ImmutableDictionary<string, ReadOnlyMemory<byte>>.Builder recordings =
            ImmutableDictionary.CreateBuilder<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        while (at < bytes.Length)
        {
            string path = Encoding.UTF8.GetString(Next().Span);
            recordings[path] = Next();
        }
        _recordings = recordings.ToImmutable();

        ReadOnlyMemory<byte> Next()
        {
            int length = bytes.Length - at < 4 ? -1 : BitConverter.ToInt32(bytes, at);
            if (length < 0 || bytes.Length - at - 4 < length)
            {
                throw new InvalidDataException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"inputs of {bytes.Length} bytes break off at byte {at}"
                    )
                );
            }
            ReadOnlyMemory<byte> next = bytes.AsMemory(at + 4, length);
            at += 4 + length;
            return next;
        }
    }

    public byte[] Bytes { get; }

    /// <summary>The files in it, with the scenario under this path.</summary>
    public HeldFiles FilesAt(string scenario) => new(_recordings.SetItem(scenario, _scenario));

    /// <summary>Puts the files together.</summary>
    /// <param name="scenario">The resolved scenario.</param>
    /// <param name="held">What is not read from the disk; null: all is.</param>
    /// <param name="mostBytes">No more is read into memory.</param>
    /// <exception cref="ScenarioException">It is no scenario.</exception>
    /// <exception cref="IOException">A file cannot be read, or there is too much to be sent.</exception>
    public static InputBundle Read(
        string scenario,
        HeldFiles? held = null,
        long mostBytes = InputParcels.MostBytes
    )
    {
        using MemoryStream bytes = new();
        Add(Content(scenario).Span);
        foreach (string recording in InputHash.RecordingsOf(scenario, held))
        {
            Add(Encoding.UTF8.GetBytes(recording));
            Add(Content(recording).Span);
        }
        return new InputBundle(bytes.ToArray());

        ReadOnlyMemory<byte> Content(string path)
        {
            if (held?.Find(path) is { } content)
            {
                return content;
            }
            long length = bytes.Length + new FileInfo(path).Length;
            return length <= mostBytes
                ? File.ReadAllBytes(path)
                : throw new IOException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{scenario} and its recordings: {length} bytes are too many to be sent; accepted: {mostBytes}, or the files themselves on every node"
                    )
                );
        }

        void Add(ReadOnlySpan<byte> content)
        {
            bytes.Write(BitConverter.GetBytes(content.Length));
            bytes.Write(content);
        }
    }
}
