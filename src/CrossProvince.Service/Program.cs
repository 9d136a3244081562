using CrossProvince.Service.Hosting;

return await Node.RunAsync(args, CancellationToken.None);
