# frozen_string_literal: true

# Runs a function written in Ruby: loads its handler, then takes invocations from the Runtime API,
# one after the other. Behaves as AWS's runtime does towards handlers and callers.

require "json"
require "net/http"

# What a handler is told of its invocation.
class LambdaContext
  attr_reader :aws_request_id, :invoked_function_arn, :deadline_ms, :identity, :client_context,
              :function_name, :function_version, :memory_limit_in_mb, :log_group_name,
              :log_stream_name

  def initialize(headers)
    @aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    @invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
    @deadline_ms = headers["Lambda-Runtime-Deadline-Ms"].to_i
    @identity = parse(headers["Lambda-Runtime-Cognito-Identity"])
    @client_context = parse(headers["Lambda-Runtime-Client-Context"])
    @function_name = ENV["AWS_LAMBDA_FUNCTION_NAME"]
    @function_version = ENV["AWS_LAMBDA_FUNCTION_VERSION"]
    @memory_limit_in_mb = ENV["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
    @log_group_name = ENV["AWS_LAMBDA_LOG_GROUP_NAME"]
    @log_stream_name = ENV["AWS_LAMBDA_LOG_STREAM_NAME"]
  end

  def get_remaining_time_in_millis
    left = deadline_ms - (Time.now.to_f * 1000).to_i
    left.positive? ? left : 0
  end

  private

  def parse(text)
    text && JSON.parse(text)
  end
end

# The Runtime API of this instance.
class RuntimeApi
  PREFIX = "/2018-06-01/runtime"

  def initialize(address)
    host, port = address.split(":")
    @http = Net::HTTP.new(host, port.to_i)
    @http.read_timeout = nil
    @http.keep_alive_timeout = 86_400
    @http.start
  end

  def next
    @http.request_get("#{PREFIX}/invocation/next")
  end

  def respond(request_id, body)
    post("invocation/#{request_id}/response", body)
  end

  def fail(request_id, document)
    post("invocation/#{request_id}/error", JSON.generate(document), document)
  end

  def fail_start(document)
    post("init/error", JSON.generate(document), document)
  end

  private

  def post(path, body, failure = nil)
    headers = { "Content-Type" => "application/json" }
    headers["Lambda-Runtime-Function-Error-Type"] = failure[:errorType] if failure
    @http.request_post("#{PREFIX}/#{path}", body, headers)
  end
end

# `file.method`, or `file.Module::Class.method`.
class Handler
  def initialize(name)
    file, *within, @method = name.split(".")
    raise ArgumentError, "Invalid handler #{name}, must be of form FILENAME.METHOD or " \
                         "FILENAME.CLASS.METHOD" if file.nil? || @method.nil? || within.size > 1

    require File.join(ENV.fetch("LAMBDA_TASK_ROOT"), file)
    @owner = within.empty? ? nil : Object.const_get(within.first)
  end

  def call(event, context)
    return @owner.send(@method, event: event, context: context) if @owner

    TOPLEVEL_BINDING.receiver.send(@method, event: event, context: context)
  end
end

def document_of(phase, error)
  {
    errorMessage: error.message.to_s,
    errorType: "#{phase}<#{error.class.name}>",
    stackTrace: (error.backtrace || []).reject { |line| line.start_with?(__FILE__) },
  }
end

# What standard error, and so the function's log, says of an error.
def report(title, document)
  $stderr.puts("#{title}\n#{JSON.generate(document)}")
end

def handler_or_exit(api)
  Handler.new(ENV.fetch("_HANDLER"))
rescue Exception => e # rubocop:disable Lint/RescueException -- syntax errors are no StandardError
  document = document_of("Init", e)
  report("Init error when loading handler #{ENV["_HANDLER"]}", document)
  api.fail_start(document)
  exit(1)
end

def serve(api, handler)
  loop do
    invocation = api.next
    request_id = invocation["Lambda-Runtime-Aws-Request-Id"]
    ENV["_X_AMZN_TRACE_ID"] = invocation["Lambda-Runtime-Trace-Id"]
    begin
      result = handler.call(JSON.parse(invocation.body), LambdaContext.new(invocation))
      answer = JSON.generate(result)
    rescue StandardError, ScriptError, NoMemoryError, SystemStackError => e
      document = document_of("Function", e)
      report("Error raised from handler method", document)
      api.fail(request_id, document)
    else
      api.respond(request_id, answer)
    end
  end
end

$stdout.sync = true
api = RuntimeApi.new(ENV.fetch("AWS_LAMBDA_RUNTIME_API"))
serve(api, handler_or_exit(api))
