using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using PvTimer.ActorTime.Worlds;

namespace PvTimer.ActorTime.Exploring;

/// <summary>
/// Runs a script under every order of its actors' steps that can make a difference, and under few others: dynamic
/// partial-order reduction with source sets and sleep sets. See Flanagan and Godefroid, "Dynamic partial-order reduction
/// for model checking software" (POPL 2005), and Abdulla, Aronsson, Jonsson and Sagonas, "Optimal dynamic partial order
/// reduction" (POPL 2014).
/// </summary>
/// <remarks>
/// Steps of one instant are in any order, steps of different instants are not. That is complete for what actors notice of
/// each other by messages; what they share besides is not seen.
/// </remarks>
/// <param name="run">Runs the script once in this order; how it failed, or null.</param>
/// <param name="budget">The most schedules.</param>
internal sealed class PartialOrder(Func<IOrder, Task<Exception?>> run, int budget)
{
    private readonly List<Node> _path = [];
    private readonly Coverage _coverage = new();
    private int _runs;
    private int _from;

    /// <summary>Runs until a schedule fails, or nothing is left to run.</summary>
    public async Task<Exploration> Search()
    {
        do
        {
            if (_runs == budget)
            {
                return Result(isComplete: false, failure: null);
            }
            Chooser chooser = new(Schedule.Usual);
            Order order = new(_path, chooser);
            _runs++;
            Exception? cause = await run(order).ConfigureAwait(true);
            _coverage.Add(chooser.Points, order.Trace);
            if (cause is not null)
            {
                return Result(
                    isComplete: false,
                    new FailingSchedule(chooser.ToSchedule(), chooser.Deviations, cause)
                );
            }
            FindRaces();
        } while (Backtrack());
        return Result(isComplete: true, failure: null);
    }

    private Exploration Result(bool isComplete, FailingSchedule? failure) =>
        new(_runs, _coverage.Traces, _coverage.Choices, isComplete, failure);

    /// <summary>Where two steps conflict that could have come the other way round, that is to be tried, too.</summary>
    private void FindRaces()
    {
        BitArray[] before = new BitArray[_path.Count];
        for (int later = 0; later < _path.Count; later++)
        {
            List<int> causes =
            [
                .. Enumerable
                    .Range(0, later)
                    .Where(earlier => _path[later].Follows(_path[earlier], earlier)),
            ];
            BitArray all = new(_path.Count);
            foreach (int cause in causes)
            {
                all.Or(before[cause]);
                all[cause] = true;
            }
            before[later] = all;
            // Races between the steps before are known from the runs before.
            foreach (int earlier in later < _from ? [] : causes)
            {
                bool isDirect = !causes.Exists(between =>
                    between > earlier && before[between][earlier]
                );
                if (isDirect && _path[later].Races(_path[earlier], earlier))
                {
                    TryTheOtherWay(earlier, later, before);
                }
            }
        }
    }

    private void TryTheOtherWay(int earlier, int later, BitArray[] before)
    {
        // What does not need the earlier step, and then the later one: the processes that can begin with it.
        List<int> rest =
        [
            .. Enumerable
                .Range(earlier + 1, later - earlier - 1)
                .Where(step => !before[step][earlier]),
            later,
        ];
        HashSet<int> beginners =
        [
            .. rest.Where(step => !rest.Exists(other => before[step][other]))
                .Select(step => _path[step].Taken.Process),
        ];
        Node node = _path[earlier];
        if (node.Wanted.Overlaps(beginners))
        {
            return;
        }
        int[] able = [.. beginners.Where(node.Ready.Contains)];
        int wanted = _path[later].Taken.Process;
        if (able.Length == 0)
        {
            node.Wanted.UnionWith(node.Ready);
        }
        else
        {
            node.Wanted.Add(able.Contains(wanted) ? wanted : able[0]);
        }
    }

    /// <summary>Goes back to the last point at which something is left to try.</summary>
    /// <returns>Whether there was one.</returns>
    private bool Backtrack()
    {
        while (_path.Count > 0)
        {
            Node last = _path[^1];
            last.Asleep[last.Taken.Process] = last.Taken;
            foreach (int process in last.Wanted.Where(each => !last.Asleep.ContainsKey(each)))
            {
                last.Taken = new Footprint(process);
                _from = _path.Count - 1;
                return true;
            }
            _path.RemoveAt(_path.Count - 1);
        }
        return false;
    }

    /// <summary>A state of the run, and what is done in it.</summary>
    private sealed class Node
    {
        public required long Now { get; init; }

        /// <summary>Processes that were ready.</summary>
        public required HashSet<int> Ready { get; init; }

        /// <summary>Those whose steps lead to nothing new from here, with what they did.</summary>
        public required Dictionary<int, Footprint> Asleep { get; init; }

        /// <summary>The step that is taken.</summary>
        public required Footprint Taken { get; set; }

        /// <summary>Those that are to be tried here.</summary>
        public HashSet<int> Wanted { get; } = [];

        /// <summary>The steps that have put up what this one takes; it could not have come before them.</summary>
        public HashSet<int> Causes { get; } = [];

        /// <summary>Whether its step has to come behind an earlier one, or was noticed to.</summary>
        public bool Follows(Node earlier, int index) =>
            earlier.Now != Now
            || earlier.Taken.Process == Taken.Process
            || Causes.Contains(index)
            || Taken.Conflicts(earlier.Taken);

        /// <summary>Whether its step could have come before an earlier one that it conflicts with.</summary>
        public bool Races(Node earlier, int index) =>
            earlier.Now == Now
            && earlier.Taken.Process != Taken.Process
            && !Causes.Contains(index)
            && Taken.Conflicts(earlier.Taken);
    }

    /// <summary>The order of one run: along the path as far as it goes, then whatever is not asleep.</summary>
    private sealed class Order(List<Node> path, Chooser chooser) : IOrder
    {
        private readonly StepTrace _trace = new();
        private readonly Dictionary<int, PutUp> _putUp = [];
        private int _step = -1;
        private bool _isRedundant;

        /// <summary>For a process, the steps that have put up messages, and signals, that it has not taken yet.</summary>
        private sealed record PutUp(Queue<int> Messages, HashSet<int> Signals);

        public string Trace => _trace.Hash();

        public int Next(IReadOnlyList<Work> ready, long now)
        {
            _step++;
            int option = _isRedundant ? 0 : Option(ready, now);
            _trace.Begin(ready[option].Process);
            return ready.Count == 1 ? 0 : ChosenOrder.Choose(chooser, ready, option);
        }

        public void Touched(Process target, bool isSignal)
        {
            _trace.Touched(target);
            if (_isRedundant)
            {
                return;
            }
            if (_step >= 0)
            {
                path[_step].Taken.Add(target, isSignal);
            }
            PutUp putUp = PutUpFor(target.Number);
            if (isSignal)
            {
                putUp.Signals.Add(_step);
            }
            else
            {
                putUp.Messages.Enqueue(_step);
            }
        }

        public void Stepped(int messages)
        {
            if (_isRedundant)
            {
                return;
            }
            Node node = path[_step];
            PutUp putUp = PutUpFor(node.Taken.Process);
            // Signals that the step has sent to itself are taken with it.
            node.Causes.UnionWith(putUp.Signals);
            putUp.Signals.Clear();
            for (
                int taken = 0;
                taken < messages && putUp.Messages.TryDequeue(out int cause);
                taken++
            )
            {
                node.Causes.Add(cause);
            }
            node.Causes.Remove(_step);
        }

        private PutUp PutUpFor(int process)
        {
            if (!_putUp.TryGetValue(process, out PutUp? putUp))
            {
                _putUp[process] = putUp = new PutUp(new Queue<int>(), []);
            }
            return putUp;
        }

        private int Option(IReadOnlyList<Work> ready, long now)
        {
            if (_step < path.Count)
            {
                int taken = path[_step].Taken.Process;
                // The last step of the path is another one than last time, and does other things.
                path[_step].Taken = new Footprint(taken);
                path[_step].Causes.Clear();
                int known = IndexOf(ready, taken);
                return known >= 0
                    ? known
                    : throw new ScriptException(
                        $"the script is not the same each time: in step {_step} another actor was ready the last time; accepted: "
                            + "scripts without chance, clocks or state of their own"
                    );
            }
            Dictionary<int, Footprint> asleep = [];
            if (_step > 0)
            {
                Node parent = path[_step - 1];
                foreach (Footprint sleeper in parent.Asleep.Values)
                {
                    if (sleeper.Process != parent.Taken.Process && !sleeper.Conflicts(parent.Taken))
                    {
                        asleep[sleeper.Process] = sleeper;
                    }
                }
            }
            int option = 0;
            while (option < ready.Count && asleep.ContainsKey(ready[option].Process.Number))
            {
                option++;
            }
            if (option == ready.Count)
            {
                // Whatever comes from here has been tried in another order.
                _isRedundant = true;
                return 0;
            }
            int process = ready[option].Process.Number;
            path.Add(
                new Node
                {
                    Now = now,
                    Ready = [.. ready.Select(work => work.Process.Number)],
                    Asleep = asleep,
                    Taken = new Footprint(process),
                    Wanted = { process },
                }
            );
            return option;
        }

        private static int IndexOf(IReadOnlyList<Work> ready, int process)
        {
            for (int index = 0; index < ready.Count; index++)
            {
                if (ready[index].Process.Number == process)
                {
                    return index;
                }
            }
            return -1;
        }
    }
}
