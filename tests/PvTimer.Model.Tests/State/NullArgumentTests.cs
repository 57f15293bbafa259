using System;
using System.Collections.Generic;
using System.Linq;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using PvTimer.Model.Messages;
using PvTimer.Model.State;

namespace PvTimer.Model.Tests.State;

/// <summary>What freezes and thaws says at once which argument is missing.</summary>
public class NullArgumentTests
{
    private const BindingFlags Declared =
        BindingFlags.Public
        | BindingFlags.Instance
        | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    [Fact]
    public void Missing_object_is_refused_by_the_name_of_its_parameter()
    {
        List<string> offenders = [];
        foreach (MethodBase method in Methods())
        {
            foreach (ParameterInfo parameter in method.GetParameters().Where(IsRequiredObject))
            {
                string answer = AnswerTo(method, missing: parameter);
                if (answer != parameter.Name)
                {
                    offenders.Add($"{method.DeclaringType}.{method.Name}: {answer}");
                }
            }
        }
        Assert.True(offenders.Count == 0, string.Join('\n', offenders));
    }

    /// <summary>All Transfers that are public, and all of the room's folder State.</summary>
    private static IEnumerable<MethodBase> Methods() =>
        typeof(StateTransfer)
            .Assembly.GetExportedTypes()
            .Where(type => !type.IsInterface && !type.IsSubclassOf(typeof(Exception)))
            .SelectMany(type =>
                type.GetMethods(Declared)
                    .Where(method => method.IsStatic || !method.DeclaringType!.IsAbstract)
                    .Where(method =>
                        method.Name == "Transfer"
                        || (type.Namespace == typeof(StateTransfer).Namespace && !SaysWhat(method))
                    )
                    .Select(Closed)
            )
            .Concat(typeof(StateTransfer).GetConstructors());

    private static bool SaysWhat(MethodInfo method) => method.Name == nameof(StateTransfer.Damaged);

    private static MethodBase Closed(MethodInfo method)
    {
        if (!method.IsGenericMethodDefinition)
        {
            return method;
        }
        Type open = method.GetGenericArguments()[0];
        bool isEnum = open.GetGenericParameterConstraints().Contains(typeof(Enum));
        bool isStruct = open.GenericParameterAttributes.HasFlag(
            GenericParameterAttributes.NotNullableValueTypeConstraint
        );
        return method.MakeGenericMethod(
            isEnum ? typeof(DayOfWeek)
            : isStruct ? typeof(int)
            : typeof(Ipi)
        );
    }

    private static bool IsRequiredObject(ParameterInfo parameter) =>
        !parameter.ParameterType.IsValueType
        && !parameter.ParameterType.IsByRef
        && parameter.ParameterType != typeof(Ipi)
        && new NullabilityInfoContext().Create(parameter).ReadState == NullabilityState.NotNull;

    /// <summary>The parameter that a call complains of; what else it does, if it does not.</summary>
    private static string AnswerTo(MethodBase method, ParameterInfo missing)
    {
        object?[] arguments =
        [
            .. method
                .GetParameters()
                .Select(each => each == missing ? null : AnyOf(each.ParameterType)),
        ];
        try
        {
            if (method is ConstructorInfo constructor)
            {
                constructor.Invoke(arguments);
            }
            else
            {
                method.Invoke(
                    method.IsStatic
                        ? null
                        : RuntimeHelpers.GetUninitializedObject(method.DeclaringType!),
                    arguments
                );
            }
            return "nothing";
        }
        catch (TargetInvocationException thrown)
        {
            return thrown.InnerException is ArgumentNullException refusal
                ? refusal.ParamName!
                : thrown.InnerException!.GetType().Name;
        }
    }

    private static object? AnyOf(Type type)
    {
        if (!type.IsSubclassOf(typeof(Delegate)))
        {
            return type == typeof(string) ? ""
                : type.IsAbstract || type.IsArray ? null
                : RuntimeHelpers.GetUninitializedObject(type);
        }
        MethodInfo invoke = type.GetMethod("Invoke")!;
        return Expression
            .Lambda(
                type,
                Expression.Default(invoke.ReturnType),
                invoke.GetParameters().Select(each => Expression.Parameter(each.ParameterType))
            )
            .Compile();
    }
}
