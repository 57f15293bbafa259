using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace PvTimer.ActorTime.Analyzers;

/// <summary>Recognizes them in single operations.</summary>
internal static class Misuses
{
    private const string Provider = "a TimeProvider that the actor is given";

    /// <returns>Null: it is none.</returns>
    public static Misuse? In(IOperation operation, KnownTypes known) =>
        operation switch
        {
            IInvocationOperation call => Call(call, known),
            IMethodReferenceOperation named => Method(named.Method, known),
            IPropertyReferenceOperation read => Property(read, known),
            IObjectCreationOperation creation => Creation(creation, known),
            IAwaitOperation awaits => Await(awaits, known),
            _ => null,
        };

    private static Misuse? Call(IInvocationOperation call, KnownTypes known) =>
        call.TargetMethod.Name is "Wait" or "GetResult" && IsAsk(call.Instance, known)
            ? OnAsk($"{call.TargetMethod.Name}()")
        : IsVerb(call.TargetMethod, known) && IsDropped(call) ? Dropped(call.TargetMethod.Name)
        : call.TargetMethod.Name is "Sleep" or "Delay" or "WaitAsync"
        && call.Arguments.Any(argument => IsNoSpan(argument.Value))
            ? null
        : Method(call.TargetMethod, known);

    private static Misuse? Method(IMethodSymbol method, KnownTypes known)
    {
        if (IsOfKit(method, known) && Instead(method.Name) is { } instead)
        {
            return new Misuse(Rules.Refused, method.Name, instead, instead);
        }
        string what = $"{method.ContainingType.Name}.{method.Name}";
        return (Space(method.ContainingType), what) switch
        {
            ("System.Threading", "Thread.Sleep") => new Misuse(
                Rules.Blocks,
                what,
                "Clock.AdvanceBy(span)",
                $"a timer of IWithTimers, or await Task.Delay(span, time) with {Provider}"
            ),
            ("System.Threading.Tasks", "Task.Delay" or "Task.WaitAsync") => TakesSpan(method)
            && !TakesTime(method, known)
                ? new Misuse(
                    Rules.Delays,
                    what,
                    $"Clock.AdvanceBy(span), or {what}(..., Time)",
                    $"a timer of IWithTimers, or {what}(..., time) with {Provider}"
                )
                : null,
            (
                "System.Threading.Tasks",
                "Task.Run"
                    or "TaskFactory.StartNew"
                    or "Parallel.For"
                    or "Parallel.ForEach"
                    or "Parallel.ForAsync"
                    or "Parallel.ForEachAsync"
                    or "Parallel.Invoke"
            ) => Leaves(what),
            (
                "System.Threading",
                "ThreadPool.QueueUserWorkItem"
                    or "ThreadPool.UnsafeQueueUserWorkItem"
            ) => Leaves(what),
            ("System.Diagnostics", "Stopwatch.StartNew" or "Stopwatch.GetTimestamp") => Reads(what),
            _ => null,
        };
    }

    private static Misuse? Property(IPropertyReferenceOperation read, KnownTypes known)
    {
        IPropertySymbol property = read.Property;
        if (property.Name == "Result" && IsAsk(read.Instance, known))
        {
            return OnAsk("Result");
        }
        if (IsOfKit(property, known) && Instead(property.Name) is { } instead)
        {
            return new Misuse(Rules.Refused, property.Name, instead, instead);
        }
        string what = $"{property.ContainingType.Name}.{property.Name}";
        return Space(property.ContainingType) != "System" ? null
            : what
                is "DateTime.Now"
                    or "DateTime.UtcNow"
                    or "DateTime.Today"
                    or "DateTimeOffset.Now"
                    or "DateTimeOffset.UtcNow"
                    or "Environment.TickCount"
                    or "Environment.TickCount64"
                ? Reads(what)
            // An actor that was given no other one: "time ?? TimeProvider.System".
            : what is "TimeProvider.System" && !IsDefault(read) ? Reads(what)
            : null;
    }

    private static Misuse? Creation(IObjectCreationOperation creation, KnownTypes known)
    {
        if (creation.Constructor is not { } constructor)
        {
            return null;
        }
        INamedTypeSymbol type = constructor.ContainingType;
        string what = $"new {type.Name}";
        return (Space(type), type.Name) switch
        {
            ("System.Threading" or "System.Timers", "Timer") => Rings(what),
            ("System.Threading", "PeriodicTimer" or "CancellationTokenSource") => constructor
                .Parameters
                .Length == 0
            || TakesTime(constructor, known)
            || creation.Arguments.Any(argument => IsNoSpan(argument.Value))
                ? null
                : Rings(what),
            ("System.Threading", "Thread") => Leaves(what),
            ("System.Diagnostics", "Stopwatch") => Reads(what),
            _ => null,
        };
    }

    private static Misuse? Await(IAwaitOperation awaits, KnownTypes known) =>
        IsAsk(awaits.Operation, known) && !Places.IsStartOfHost(awaits)
            ? new Misuse(Rules.AwaitsAsk, "await", "Await(actor.Ask<T>(...), within)", null)
            : null;

    private static Misuse Leaves(string what) =>
        new(
            Rules.Leaves,
            what,
            "an actor, or a task that is awaited here",
            "a child actor, or a task in virtual time that is awaited or piped"
        );

    private static Misuse Reads(string what) =>
        new(
            Rules.Reads,
            what,
            "Clock.Now, or Time.GetUtcNow()",
            $"Context.System.Scheduler.Now, or {Provider}"
        );

    private static Misuse Rings(string what) =>
        new(
            Rules.Rings,
            what,
            "Time.CreateTimer, or the constructor that takes a TimeProvider, with Time",
            $"a timer of IWithTimers, or {Provider}"
        );

    private static Misuse OnAsk(string what) =>
        new(
            Rules.BlocksOnAsk,
            what,
            "Await(actor.Ask<T>(...), within)",
            "await in ReceiveAsync, or PipeTo"
        );

    private static Misuse Dropped(string verb) =>
        new(
            Rules.Dropped,
            verb,
            "await, in a test that returns a Task",
            "await, in a handler that returns a Task"
        );

    /// <summary>What to use instead of a verb of Akka's kit that this one refuses; null: it does not.</summary>
    private static string? Instead(string verb) =>
        verb switch
        {
            "EventFilter" or "CreateEventFilter" =>
                "Sys.EventStream.Subscribe(TestActor, typeof(Akka.Event.Error)), then ExpectMsg<Akka.Event.Error>()",
            "CreateTestLatch" or "CreateTestBarrier" => "a message to TestActor, or AwaitCondition",
            "Shutdown" or "ShutdownAsync" => "the end of the test, which ends the system",
            _ => null,
        };

    /// <summary>The task of an Ask, at once: one that was kept may be completed when it is looked at.</summary>
    private static bool IsAsk(IOperation? operation, KnownTypes known) =>
        operation switch
        {
            IConversionOperation converted => IsAsk(converted.Operand, known),
            IInvocationOperation { TargetMethod.Name: "ConfigureAwait" or "GetAwaiter" } call =>
                IsAsk(call.Instance, known),
            IInvocationOperation { TargetMethod: { Name: "Ask" } ask } => Is(
                ask.ContainingType,
                known.Asks
            ),
            _ => false,
        };

    /// <summary>No time at all, or for ever: no clock is needed.</summary>
    private static bool IsNoSpan(IOperation value) =>
        value switch
        {
            IConversionOperation converted => IsNoSpan(converted.Operand),
            { ConstantValue: { HasValue: true, Value: 0 or -1 } } => true,
            IFieldReferenceOperation { Field: { Name: "Zero" } field } => Space(
                field.ContainingType
            ) == "System"
                && field.ContainingType.Name == "TimeSpan",
            IFieldReferenceOperation { Field: { Name: "InfiniteTimeSpan" } field } => field
                .ContainingType
                .Name == "Timeout",
            _ => false,
        };

    private static bool TakesSpan(IMethodSymbol method) =>
        method.Parameters.Any(parameter =>
            parameter.Type.SpecialType == SpecialType.System_Int32
            || parameter.Type.Name == "TimeSpan"
        );

    private static bool TakesTime(IMethodSymbol method, KnownTypes known) =>
        method.Parameters.Any(parameter => Is(parameter.Type, known.TimeProvider));

    private static bool IsDefault(IOperation value) =>
        value.Parent switch
        {
            IConversionOperation converted => IsDefault(converted),
            ICoalesceOperation choice => choice.WhenNull == value,
            ICoalesceAssignmentOperation choice => choice.Value == value,
            _ => false,
        };

    private static bool IsOfKit(ISymbol member, KnownTypes known) =>
        Is(member.ContainingType, known.Kit);

    /// <summary>It is of the kit, or of what that derives from, or of a kit that derives from it.</summary>
    private static bool IsVerb(IMethodSymbol method, KnownTypes known) =>
        Places.Derives(known.Kit, method.ContainingType)
        || Places.Derives(method.ContainingType, known.Kit);

    /// <summary>It returns a task, and nothing has it.</summary>
    private static bool IsDropped(IInvocationOperation call) =>
        call.Type is { Name: "Task" or "ValueTask" }
        && call.Parent
            is IExpressionStatementOperation
                or ISimpleAssignmentOperation { Target: IDiscardOperation };

    private static bool Is(ITypeSymbol? type, INamedTypeSymbol? known) =>
        known is not null && SymbolEqualityComparer.Default.Equals(type, known);

    private static string Space(INamedTypeSymbol type) =>
        type.ContainingType is null ? type.ContainingNamespace.ToDisplayString() : "";
}
