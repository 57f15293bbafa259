using System;
using System.Collections.Generic;
using System.Text;

namespace PvTimer.Formats.Traces;

/// <summary>
/// Words that come again and again (tasks, events, flags), each kept once and called by its number.
/// </summary>
internal sealed class Utf8Table
{
    /// <summary>Room for the numbers of 16 bits; one of them stands for all words that find none.</summary>
    private const int MostWords = ushort.MaxValue;

    private const string OneTooMany = "…";

    private readonly Dictionary<byte[], ushort>.AlternateLookup<ReadOnlySpan<byte>> _numbers =
        new Dictionary<byte[], ushort>(Utf8Comparer.Instance).GetAlternateLookup<
            ReadOnlySpan<byte>
        >();
    private readonly List<string> _words = [];

    public string this[ushort number] => _words[number];

    /// <summary>The word's number; a word without room is called "…".</summary>
    public ushort Add(ReadOnlySpan<byte> word)
    {
        if (_numbers.TryGetValue(word, out ushort known))
        {
            return known;
        }
        if (_words.Count > MostWords)
        {
            return MostWords;
        }
        ushort number = (ushort)_words.Count;
        bool last = number == MostWords;
        _words.Add(last ? OneTooMany : Encoding.UTF8.GetString(word));
        if (!last)
        {
            _numbers[word] = number;
        }
        return number;
    }
}

/// <summary>Equality of texts as bytes, looked up without making an array of them.</summary>
internal sealed class Utf8Comparer
    : IEqualityComparer<byte[]>,
        IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static Utf8Comparer Instance { get; } = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) =>
        alternate.SequenceEqual(other);

    /// <summary>Only ever compared within a process.</summary>
    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        HashCode hash = default;
        hash.AddBytes(alternate);
        return hash.ToHashCode();
    }
}
