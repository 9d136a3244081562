using CrossProvince.LoadTest;
using CrossProvince.LoadTest.Ceilings;
using CrossProvince.LoadTest.Echo;
using CrossProvince.LoadTest.Scale;

return args switch
{
    [EchoServer.Verb, var port, var identity] => await EchoServer.RunAsync(port, identity),
    [EchoNode.Verb, .. var configuration] => await EchoNode.RunAsync(configuration),
    [ScaleCommand.Verb, .. var rest] => await ScaleCommand.RunAsync(rest),
    [RecordsCommand.Verb, .. var rest] => await RecordsCommand.RunAsync(rest),
    _ => await LoadTestCommand.RunAsync(args),
};
