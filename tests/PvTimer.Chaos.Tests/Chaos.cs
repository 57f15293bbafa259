using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace PvTimer.Chaos.Tests;

/// <summary>tests/chaos.sh: all of the matrix, or random schedules until one has seen enough of them.</summary>
internal static class Chaos
{
    private const int UsualRuns = 200;
    private const int Usage = 2;

    private static readonly int[] Count = new int[3];

    public static async Task<int> Main(string[] args)
    {
        int runs = UsualRuns;
        int seed = Environment.TickCount & 0xFFFF;
        bool isMatrix = args.Contains("--matrix", StringComparer.Ordinal);
        for (int index = 0; index < args.Length; index++)
        {
            string value = args.ElementAtOrDefault(index + 1) ?? "";
            bool isRead = args[index] switch
            {
                "--matrix" => true,
                "--runs" => int.TryParse(
                    value,
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out runs
                ),
                "--seed" => int.TryParse(
                    value,
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out seed
                ),
                _ => false,
            };
            if (!isRead)
            {
                Console.Error.WriteLine($"'{args[index]}'; accepted: --runs N, --seed N, --matrix");
                return Usage;
            }
            index += args[index] == "--matrix" ? 0 : 1;
        }
        string folder = Path.Combine(EightHosts.Repository(), ".artifacts", "chaos");
        Directory.CreateDirectory(folder);
        await (isMatrix ? AllOfTheMatrix(folder) : Random(folder, runs, seed)).ConfigureAwait(
            false
        );
        Console.WriteLine(
            $"{Count.Sum()} runs, {Count[(int)ChaosEnd.Same]} same hash, {Count[(int)ChaosEnd.Resumed]} resumed, {Count[(int)ChaosEnd.Failed]} failed"
        );
        return Count[(int)ChaosEnd.Failed] == 0 ? 0 : 1;
    }

    private static async Task Random(string folder, int runs, int seed)
    {
        Console.WriteLine(
            $"seeds {seed} to {seed + runs - 1}; one of them again: tests/chaos.sh --runs 1 --seed N"
        );
        for (int each = seed; each < seed + runs; each++)
        {
            RandomSchedule schedule = RandomSchedule.Of(each);
            await Execute(
                    folder,
                    $"seed {each}",
                    schedule.Run,
                    end => end != ChaosEnd.Resumed || schedule.MayEnd
                )
                .ConfigureAwait(false);
        }
    }

    private static async Task AllOfTheMatrix(string folder)
    {
        foreach ((int nodes, string policy, string fault) in Matrix.All)
        {
            ChaosEnd expected = Matrix.Expected(nodes, fault);
            await Execute(
                    folder,
                    $"{nodes} {policy} {fault}",
                    Matrix.Run(nodes, policy, fault),
                    end => end == expected
                )
                .ConfigureAwait(false);
        }
    }

    private static async Task Execute(
        string folder,
        string name,
        ChaosRun run,
        Func<ChaosEnd, bool> isRight
    )
    {
        Console.WriteLine($"{name}: {run.CommandLine(folder)}");
        ChaosOutcome outcome = await run.Execute(folder).ConfigureAwait(false);
        ChaosEnd end = isRight(outcome.End) ? outcome.End : ChaosEnd.Failed;
        Count[(int)end]++;
        foreach (
            string line in outcome
                .Notes.Split('\n')
                .Where(line => line.StartsWith("drill:", StringComparison.Ordinal))
        )
        {
            Console.WriteLine($"    {line}");
        }
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"  {end}, {outcome.Wall.TotalSeconds:0.0} s {outcome.What}"
            )
        );
        if (end == ChaosEnd.Failed)
        {
            Console.WriteLine(outcome.Notes);
        }
    }
}
