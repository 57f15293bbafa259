using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.Serialization;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>
/// The last formation of a run that a node could plan, in its own directory, once something was commanded of the run:
/// where directories are not shared, what was acknowledged is on the disk of every node that has it, and outlives all
/// processes.
/// </summary>
/// <remarks>
/// <code>
///   last-formation.json          the form; it is there whole, and what it is made from is there before it
///   inputs-SHA256.bundle         see <see cref="InputBundle"/>
/// </code>
/// </remarks>
/// <param name="files">The disk.</param>
/// <param name="directory">The run's.</param>
internal sealed class KeptForm(IRunFiles files, string directory)
{
    private const string Name = "last-formation.json";
    private const string Inputs = "inputs-";
    private const string Bundle = ".bundle";

    private static readonly string Manifest = WireManifests.OfDocument(typeof(Form));

    private readonly string _path = Path.Combine(directory, Name);

    /// <summary>Keeps it in place of the one before, unless nothing was commanded of its run.</summary>
    /// <param name="form">What was planned.</param>
    /// <param name="inputs">Reads what it is made from.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public void Keep(Form form, Func<byte[]> inputs)
    {
        if (form.Run.Commands == 0)
        {
            return;
        }
        files.MakeDirectory(directory);
        string bundle = PathOf(form);
        if (!files.Exists(bundle))
        {
            files.WriteWhole(bundle, CheckpointName.OfPartial(bundle), inputs());
        }
        files.WriteWhole(_path, CheckpointName.OfPartial(_path), WireForm.Write(form));
        IEnumerable<string> others = files
            .List(directory)
            .Where(path => IsBundle(Path.GetFileName(path)) && path != bundle);
        foreach (string other in others.ToArray())
        {
            files.Delete(other);
        }
    }

    /// <summary>What was kept of a run; null: nothing, or it cannot be read.</summary>
    /// <param name="run">The run.</param>
    /// <param name="inputs">What it is made from.</param>
    public Form? Read(RunSpec run, out byte[] inputs)
    {
        inputs = [];
        try
        {
            if (
                files.Exists(_path)
                && WireForm.Read(files.Read(_path), Manifest) is Form form
                && form.Run.IsSameRun(run)
                && FileHash.IsOne(form.InputSha256)
            )
            {
                inputs = files.Read(PathOf(form));
                return form;
            }
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or SerializationException)
        {
            // As if it were not there: other nodes have kept it, too.
        }
        return null;
    }

    private string PathOf(Form form) =>
        Path.Combine(directory, $"{Inputs}{form.InputSha256}{Bundle}");

    private static bool IsBundle(string name) =>
        name.StartsWith(Inputs, StringComparison.Ordinal)
        && name.EndsWith(Bundle, StringComparison.Ordinal);
}
