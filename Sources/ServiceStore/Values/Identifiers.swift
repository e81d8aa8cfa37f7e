// The identifiers of every kind of record, and their prefixes.

public typealias APIKeyID = Identifier<APIKey>
public typealias AccountID = Identifier<Account>
public typealias AvatarID = Identifier<Avatar>
public typealias ConversationID = Identifier<Conversation>
public typealias JobID = Identifier<Job>
public typealias LoginID = Identifier<Login>
public typealias MessageID = Identifier<Message>
public typealias SessionID = Identifier<Session>
public typealias UploadID = Identifier<Upload>
public typealias UserID = Identifier<User>
public typealias WebhookDeliveryID = Identifier<WebhookDelivery>
public typealias WebhookEndpointID = Identifier<WebhookEndpoint>

extension APIKey: Identified { public static let identifierPrefix = "key" }
extension Account: Identified { public static let identifierPrefix = "acc" }
extension Avatar: Identified { public static let identifierPrefix = "ava" }
extension Conversation: Identified { public static let identifierPrefix = "cnv" }
extension Job: Identified { public static let identifierPrefix = "job" }
extension Login: Identified { public static let identifierPrefix = "lgn" }
extension Message: Identified { public static let identifierPrefix = "mes" }
extension Session: Identified { public static let identifierPrefix = "ses" }
extension Upload: Identified { public static let identifierPrefix = "upl" }
extension User: Identified { public static let identifierPrefix = "usr" }
extension WebhookDelivery: Identified { public static let identifierPrefix = "msg" }
extension WebhookEndpoint: Identified { public static let identifierPrefix = "whe" }
