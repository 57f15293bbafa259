using System;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;

namespace PvTimer.ActorTime;

/// <summary>
/// Code that a test hands over and that is run to its end: "async void" comes back before it has ended, and what
/// it throws later is seen by nothing.
/// </summary>
internal static class Awaited
{
    /// <summary>Code that awaits nothing, as code that may.</summary>
    /// <exception cref="ArgumentException">It is "async void".</exception>
    public static Func<Task> Of(Action code)
    {
        ArgumentNullException.ThrowIfNull(code);
        ThrowIfAsyncVoid(code, nameof(code));
        return () =>
        {
            code();
            return Task.CompletedTask;
        };
    }

    /// <summary>A verb that does not await is given code that gives a task: what that throws later is seen by nothing.</summary>
    /// <param name="instead">The verb that awaits.</param>
    /// <exception cref="InvalidOperationException">It is a task.</exception>
    public static void ThrowIfTask<T>(string instead)
    {
        if (typeof(T).IsAssignableTo(typeof(Task)) || typeof(T) == typeof(ValueTask))
        {
            throw new InvalidOperationException(
                $"a block that awaits would not be waited for; accepted: {instead}"
            );
        }
    }

    /// <exception cref="ArgumentException">It is "async void".</exception>
    public static void ThrowIfAsyncVoid(Delegate code, string parameter)
    {
        if (code.Method.GetCustomAttribute<AsyncStateMachineAttribute>() is not null)
        {
            throw new ArgumentException(
                "it is async void, whose end cannot be awaited; accepted: a Func<Task>",
                parameter
            );
        }
    }
}
