using CrossProvince.LoadTest;
using CrossProvince.LoadTest.Echo;

return args switch
{
    [EchoServer.Verb, var port, var identity] => await EchoServer.RunAsync(port, identity),
    _ => await LoadTestCommand.RunAsync(args),
};
