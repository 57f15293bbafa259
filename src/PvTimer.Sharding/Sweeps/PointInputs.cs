using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Sweeps;

/// <summary>
/// Recordings that this node was sent for runs of sweeps, by content: in memory, the last ones only. Safe on any thread.
/// </summary>
/// <param name="mostBytes">Of all that are held, and of those that are on their way.</param>
public sealed class PointInputs(long mostBytes = PointInputs.UsualMostBytes)
{
    /// <summary>Bytes; as much as a run on a cluster may be made from.</summary>
    public const long UsualMostBytes = InputParcels.MostBytes;

    /// <summary>Recordings that are on their way at once; the one that came first is dropped for another.</summary>
    public const int MostBegun = 4;

    private readonly Lock _gate = new();

    /// <summary>The last one that was wanted first.</summary>
    private readonly List<(string Sha256, ReadOnlyMemory<byte> Content)> _held = [];

    private readonly List<InputParcels> _begun = [];

    /// <summary>One that is held; null: it is not.</summary>
    /// <param name="sha256">Of its content.</param>
    public ReadOnlyMemory<byte>? Find(string sha256)
    {
        lock (_gate)
        {
            int at = _held.FindIndex(each => each.Sha256 == sha256);
            if (at < 0)
            {
                return null;
            }
            (string, ReadOnlyMemory<byte> Content) found = _held[at];
            _held.RemoveAt(at);
            _held.Insert(0, found);
            return found.Content;
        }
    }

    /// <summary>Takes a part; it is held as soon as it is whole and what it was said to be.</summary>
    internal PointInputTaken Take(InputParcel parcel)
    {
        lock (_gate)
        {
            if (_held.Exists(each => each.Sha256 == parcel.InputSha256))
            {
                return new PointInputTaken(parcel.InputSha256, parcel.Total, Refusal: null);
            }
            if (parcel.Total > mostBytes)
            {
                return Refused(
                    parcel,
                    $"a recording of {parcel.Total} bytes; accepted: 1 to {mostBytes}, or the file itself under its path on every node"
                );
            }
            InputParcels parcels = BegunOf(parcel.InputSha256);
            if (parcels.Add(parcel, out byte[]? whole) is { } refusal)
            {
                _begun.Remove(parcels);
                return Refused(parcel, $"{refusal}");
            }
            if (whole is null)
            {
                return new PointInputTaken(parcel.InputSha256, parcels.Arrived, Refusal: null);
            }
            _begun.Remove(parcels);
            string come = FileHash.Of(whole);
            if (come != parcel.InputSha256)
            {
                return Refused(
                    parcel,
                    $"a recording was sent, and is {come}; accepted: {parcel.InputSha256}"
                );
            }
            _held.Insert(0, (come, whole));
            while (_held.Sum(each => (long)each.Content.Length) > mostBytes)
            {
                _held.RemoveAt(_held.Count - 1);
            }
            return new PointInputTaken(come, whole.Length, Refusal: null);
        }
    }

    /// <summary>Bounded in number and in bytes: what has arrived of all of them is no more than one may have.</summary>
    private InputParcels BegunOf(string sha256)
    {
        InputParcels? parcels = _begun.Find(each => each.Sha256 == sha256);
        if (parcels is null)
        {
            parcels = new InputParcels(sha256);
            _begun.Add(parcels);
        }
        while (
            _begun.Count > MostBegun
            || (_begun.Count > 1 && _begun.Sum(each => (long)each.Arrived) > mostBytes)
        )
        {
            _begun.Remove(_begun.First(each => each != parcels));
        }
        return parcels;
    }

    private static PointInputTaken Refused(InputParcel parcel, FormattableString why) =>
        new(parcel.InputSha256, 0, why.ToString(CultureInfo.InvariantCulture));
}
